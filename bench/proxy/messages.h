/* Datagrams in batches, and messages as text: written into a socket's queue, read line by line. RFC 3261 §7. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "streams.h"

enum { BATCH = 64, QUEUE = 256, DATAGRAM = 4096 };

typedef struct sockaddr_in Address;

/* One UDP socket with room for a batch each way. */
typedef struct {
  int fd, queued;
  struct mmsghdr in[BATCH], out[QUEUE];
  struct iovec inVector[BATCH], outVector[QUEUE];
  Address inFrom[BATCH], outTo[QUEUE];
  char inBytes[BATCH][DATAGRAM], outBytes[QUEUE][DATAGRAM];
  int byStream, lanes[QUEUE]; /* the connection of each message, where there are any */
} Socket;

/* A message being written into a socket's queue. */
typedef struct { Socket *socket; char *bytes; int length, lane; } Writer;

/* A header line inside a message; `value` is after the colon, the line end included. */
typedef struct { const char *name, *value, *end; } Line;

static uint64_t sent, received, notSent;

static Address addressIn(const char *text) {
  char host[64];
  int port;
  Address address = {.sin_family = AF_INET};
  if (sscanf(text, "%63[^:]:%d", host, &port) != 2 || inet_pton(AF_INET, host, &address.sin_addr) != 1) {
    fprintf(stderr, "sipload: %s is no IP:PORT\n", text);
    exit(1);
  }
  address.sin_port = htons((uint16_t)port);
  return address;
}

static Socket *openSocket(const char *local) {
  const int buffer = 32 << 20;
  const Address address = addressIn(local);
  Socket *s = calloc(1, sizeof *s);
  s->fd = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  setsockopt(s->fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
  if (bind(s->fd, (const struct sockaddr *)&address, sizeof address) != 0) {
    perror(local);
    exit(1);
  }
  for (int i = 0; i < BATCH; i++) {
    s->inVector[i] = (struct iovec){s->inBytes[i], DATAGRAM - 1};
    s->in[i].msg_hdr = (struct msghdr){.msg_iov = &s->inVector[i], .msg_iovlen = 1, .msg_name = &s->inFrom[i], .msg_namelen = sizeof(Address)};
  }
  for (int i = 0; i < QUEUE; i++) {
    s->outVector[i].iov_base = s->outBytes[i];
    s->out[i].msg_hdr = (struct msghdr){.msg_iov = &s->outVector[i], .msg_iovlen = 1, .msg_name = &s->outTo[i], .msg_namelen = sizeof(Address)};
  }
  return s;
}

static void flush(Socket *s) {
  if (s->byStream) {
    for (int i = 0; i < s->queued; i++) {
      if (sendByStream(s->lanes[i], s->outBytes[i], (int)s->outVector[i].iov_len)) sent++;
      else notSent++;
    }
    s->queued = 0;
    flushStreams();
    return;
  }
  for (int done = 0; done < s->queued;) {
    const int count = sendmmsg(s->fd, s->out + done, (unsigned)(s->queued - done), 0);
    if (count > 0) {
      done += count;
      sent += (uint64_t)count;
    } else if (errno != EINTR) {
      done++;
      notSent++;
    }
  }
  s->queued = 0;
}

/* Receives up to a batch; each datagram ends with a NUL. */
static int receive(Socket *s) {
  const int count = recvmmsg(s->fd, s->in, BATCH, MSG_DONTWAIT, NULL);
  for (int i = 0; i < count; i++) {
    s->inBytes[i][s->in[i].msg_len] = 0;
    s->in[i].msg_hdr.msg_namelen = sizeof(Address);
  }
  if (count > 0) received += (uint64_t)count;
  return count;
}

/* Writing. */

static Writer begin(Socket *s) {
  if (s->queued == QUEUE) flush(s);
  return (Writer){s, s->outBytes[s->queued], 0, 0};
}

static void append(Writer *w, const char *bytes, size_t length) {
  memcpy(w->bytes + w->length, bytes, length);
  w->length += (int)length;
}

__attribute__((format(printf, 2, 3))) static void print(Writer *w, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  w->length += vsnprintf(w->bytes + w->length, (size_t)(DATAGRAM - w->length), format, arguments);
  va_end(arguments);
}

static void end(Writer *w, const Address *to) {
  Socket *s = w->socket;
  s->outVector[s->queued].iov_len = (size_t)w->length;
  s->lanes[s->queued] = w->lane;
  s->outTo[s->queued++] = *to;
}

/* Reading. */

/* The header line after `at`, which is inside a line; false at the end of the header. */
static int nextLine(const char *at, Line *line) {
  const char *name = strchr(at, '\n');
  if (name == NULL || *++name == '\r' || *name == 0) return 0;
  const char *value = strchr(name, ':'), *stop = strchr(name, '\n');
  if (value == NULL || stop == NULL) return 0;
  *line = (Line){name, value + 1, stop + 1};
  return 1;
}

static int is(const Line *line, const char *name) {
  const size_t length = strlen(name);
  return (size_t)(line->value - 1 - line->name) == length && strncasecmp(line->name, name, length) == 0;
}

static int find(const char *message, const char *name, Line *line) {
  for (const char *at = message; nextLine(at, line); at = line->value)
    if (is(line, name)) return 1;
  return 0;
}
