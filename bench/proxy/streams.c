/* Connections in C: TCP, the same under OpenSSL, and WebSocket frames. One thread; nothing is ever opened again. */
#define _GNU_SOURCE
#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 1 << 19 };

typedef struct {
  int fd, in, out; /* bytes that wait either way */
  SSL *ssl;
  char input[ROOM + 1], output[ROOM];
} Lane;

static Lane *lanes;
static int laneCount, isWs;

static void die(const char *what) {
  fprintf(stderr, "sipload: %s: %s\n", what, errno != 0 ? strerror(errno) : "refused");
  ERR_print_errors_fp(stderr);
  exit(1);
}

static int writeSome(Lane *lane, const char *bytes, int length) {
  if (lane->ssl != NULL) {
    const int count = SSL_write(lane->ssl, bytes, length);
    return count > 0 ? count : 0;
  }
  const ssize_t count = write(lane->fd, bytes, (size_t)length);
  return count > 0 ? (int)count : 0;
}

static int readSome(Lane *lane) {
  char *to = lane->input + lane->in;
  const int room = ROOM - lane->in;
  if (lane->ssl != NULL) {
    const int count = SSL_read(lane->ssl, to, room);
    return count > 0 ? count : 0;
  }
  const ssize_t count = read(lane->fd, to, (size_t)room);
  return count > 0 ? (int)count : 0;
}

static void upgrade(Lane *lane) {
  static const char REQUEST[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Key: c2lwbG9hZHNpcGxvYWRzaQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n";
  writeSome(lane, REQUEST, sizeof REQUEST - 1);
  while (memmem(lane->input, (size_t)lane->in, "\r\n\r\n", 4) == NULL) {
    const int count = readSome(lane);
    if (count == 0) die("no answer to the upgrade");
    lane->in += count;
  }
  if (strncmp(lane->input, "HTTP/1.1 101", 12) != 0) die("the upgrade");
  lane->in = 0;
}

static void openLane(Lane *lane, const struct sockaddr_in *proxy, SSL_CTX *context) {
  const int on = 1;
  lane->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(lane->fd, (const struct sockaddr *)proxy, sizeof *proxy) != 0) die("connect");
  setsockopt(lane->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (context != NULL) {
    lane->ssl = SSL_new(context);
    SSL_set_fd(lane->ssl, lane->fd);
    if (SSL_connect(lane->ssl) != 1) die("TLS");
  }
  if (isWs) upgrade(lane);
  fcntl(lane->fd, F_SETFL, fcntl(lane->fd, F_GETFL) | O_NONBLOCK);
}

void openStreams(const char *kind, const struct sockaddr_in *proxy, int count) {
  SSL_CTX *context = NULL;
  if (strcmp(kind, "tls") == 0) {
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  isWs = strcmp(kind, "ws") == 0;
  laneCount = count < MOST_LANES ? count : MOST_LANES;
  lanes = calloc((size_t)laneCount, sizeof *lanes);
  for (int i = 0; i < laneCount; i++) openLane(&lanes[i], proxy, context);
}

/* A frame of a client is masked; a key of zeros leaves the payload as it is. RFC 6455 §5.2. */
static int frameHead(uint8_t *head, int opcode, int length) {
  int size = 2;
  head[0] = (uint8_t)(0x80 | opcode);
  if (length < 126) {
    head[1] = (uint8_t)(0x80 | length);
  } else {
    head[1] = 0x80 | 126, head[2] = (uint8_t)(length >> 8), head[3] = (uint8_t)length;
    size = 4;
  }
  memset(head + size, 0, 4);
  return size + 4;
}

static int append(Lane *lane, const void *head, int headLength, const char *bytes, int length) {
  if (lane->out + headLength + length > ROOM) return 0;
  memcpy(lane->output + lane->out, head, (size_t)headLength);
  memcpy(lane->output + lane->out + headLength, bytes, (size_t)length);
  lane->out += headLength + length;
  return 1;
}

int sendByStream(int lane, const char *bytes, int length) {
  uint8_t head[8];
  return append(&lanes[lane % laneCount], head, isWs ? frameHead(head, 1, length) : 0, bytes, length);
}

void flushStreams(void) {
  for (Lane *lane = lanes; lane < lanes + laneCount; lane++) {
    int done = 0;
    for (int count = 1; done < lane->out && count > 0; done += count) count = writeSome(lane, lane->output + done, lane->out - done);
    if (done == 0) continue;
    lane->out -= done;
    memmove(lane->output, lane->output + done, (size_t)lane->out);
  }
}

/* Bytes of the message at `at`, or 0 when it has not come in full; `end` has a NUL. RFC 3261 §18.3. */
static int messageLength(const char *at, const char *end) {
  const char *body = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
  if (body == NULL) return 0;
  int length = 0;
  for (const char *line = at; line < body; line = strchr(line, '\n') + 1)
    if (strncasecmp(line, "Content-Length:", 15) == 0) length = atoi(line + 15);
  length += (int)(body + 4 - at);
  return at + length <= end ? length : 0;
}

static void give(char *at, int length, void (*message)(const char *)) {
  const char after = at[length];
  at[length] = 0;
  message(at);
  at[length] = after;
}

/* One frame of the server; 0 when it has not come in full. */
static int takeFrame(Lane *lane, char *at, const char *end, void (*message)(const char *)) {
  const uint8_t *head = (const uint8_t *)at;
  if (end - at < 2) return 0;
  int length = head[1] & 0x7f, size = 2;
  if (length == 126) {
    if (end - at < 4) return 0;
    length = head[2] << 8 | head[3], size = 4;
  }
  if (length == 127) die("a frame too long");
  if (end - at < size + length) return 0;
  const int opcode = head[0] & 0x0f;
  uint8_t pong[8];
  if (opcode == 9) append(lane, pong, frameHead(pong, 10, length), at + size, length);
  else if (opcode < 3) give(at + size, length, message);
  return size + length;
}

static void takeAll(Lane *lane, void (*message)(const char *)) {
  char *at = lane->input, *end = at + lane->in;
  *end = 0;
  for (int length = 1; length > 0; at += length) {
    if (isWs) {
      length = takeFrame(lane, at, end, message);
      continue;
    }
    while (at < end && (*at == '\r' || *at == '\n')) at++;
    length = messageLength(at, end);
    if (length > 0) give(at, length, message);
  }
  lane->in = (int)(end - at);
  memmove(lane->input, at, (size_t)lane->in);
}

int readStreams(void (*message)(const char *text)) {
  struct pollfd items[MOST_LANES];
  int all = 0;
  if (poll(items, (nfds_t)watchStreams(items), 0) <= 0) return 0;
  for (int i = 0; i < laneCount; i++) {
    if (items[i].revents == 0) continue;
    for (int count; (count = readSome(&lanes[i])) > 0; takeAll(&lanes[i], message)) lanes[i].in += count, all += count;
  }
  return all;
}

int watchStreams(struct pollfd *items) {
  for (int i = 0; i < laneCount; i++) items[i] = (struct pollfd){lanes[i].fd, (short)(POLLIN | (lanes[i].out > 0 ? POLLOUT : 0)), 0};
  return laneCount;
}
