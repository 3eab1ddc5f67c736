/*
 * The two ends of the datagram benchmark in C.
 *
 *   datagrams batched PORT          echo with recvmmsg and sendmmsg, 64 at once
 *   datagrams single PORT           echo with recvfrom and sendto
 *   datagrams load PORT RATE BYTES SECONDS
 *                                   sends RATE datagrams a second to PORT and prints as JSON what came back
 *
 * The load is open: it sends when a datagram is due whatever came back. What it is late with it sends at once, up to MOST_LATE, and then
 * skips. Below SPIN_FROM it sleeps when nothing is due, from there on it spins.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, ROOM = 2048, MICROSECONDS = 1000000, MOST_LATE = 2000, SPIN_FROM = 60000, BUFFER = 16 << 20 };

struct batch {
  struct mmsghdr headers[BATCH];
  struct iovec vectors[BATCH];
  struct sockaddr_in peers[BATCH];
  char bytes[BATCH][ROOM];
  char control[BATCH][64];
};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static int open_socket(int port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), bytes = BUFFER;
  const struct sockaddr_in address = loopback(port);
  if (fd < 0) fail("socket");
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) fail("bind");
  return fd;
}

static void prepare(struct batch *batch) {
  for (int i = 0; i < BATCH; i++) {
    struct msghdr *header = &batch->headers[i].msg_hdr;
    batch->vectors[i] = (struct iovec){batch->bytes[i], ROOM};
    header->msg_iov = &batch->vectors[i];
    header->msg_iovlen = 1;
    header->msg_name = &batch->peers[i];
    header->msg_namelen = sizeof batch->peers[i];
  }
}

static void echo_batched(int fd) {
  static struct batch batch;
  for (;;) {
    prepare(&batch);
    const int received = recvmmsg(fd, batch.headers, BATCH, MSG_WAITFORONE, NULL);
    for (int i = 0; i < received; i++) batch.vectors[i].iov_len = batch.headers[i].msg_len;
    for (int sent = 0; sent < received;) {
      const int now = sendmmsg(fd, batch.headers + sent, (unsigned)(received - sent), 0);
      sent += now > 0 ? now : 1;
    }
  }
}

static void echo_single(int fd) {
  static char bytes[ROOM];
  for (;;) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    const ssize_t received = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&peer, &length);
    if (received >= 0) sendto(fd, bytes, (size_t)received, 0, (struct sockaddr *)&peer, length);
  }
}

static uint64_t now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* How many came back after so many microseconds. */
static uint32_t histogram[MICROSECONDS];
static uint64_t returned;

/* A datagram carries when it was sent; the kernel says when it came back. */
static int drain(int fd, struct batch *batch, size_t length) {
  const int received = recvmmsg(fd, batch->headers, BATCH, MSG_DONTWAIT, NULL);
  for (int i = 0; i < received; i++) {
    struct msghdr *header = &batch->headers[i].msg_hdr;
    for (struct cmsghdr *at = CMSG_FIRSTHDR(header); at != NULL && batch->headers[i].msg_len == length; at = CMSG_NXTHDR(header, at)) {
      if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_TIMESTAMPNS) continue;
      struct timespec time;
      uint64_t sent;
      memcpy(&time, CMSG_DATA(at), sizeof time);
      memcpy(&sent, batch->bytes[i], sizeof sent);
      const int64_t took = ((int64_t)time.tv_sec * 1000000000 + time.tv_nsec - (int64_t)sent) / 1000;
      histogram[took < 0 ? 0 : took < MICROSECONDS ? took : MICROSECONDS - 1]++;
      returned++;
    }
    header->msg_controllen = sizeof batch->control[i];
    header->msg_namelen = sizeof batch->peers[i];
  }
  return received;
}

static int percentile(double share) {
  uint64_t seen = 0;
  for (int i = 0; i < MICROSECONDS; i++) {
    seen += histogram[i];
    if (seen > 0 && (double)seen >= share * (double)returned) return i;
  }
  return 0;
}

static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int send_due(int fd, struct batch *batch, int due) {
  const uint64_t time = now_ns(CLOCK_REALTIME);
  for (int i = 0; i < due; i++) memcpy(batch->bytes[i], &time, sizeof time);
  const int sent = sendmmsg(fd, batch->headers, (unsigned)due, 0);
  return sent > 0 ? sent : 0;
}

static void load(int port, double rate, size_t length, double seconds) {
  static struct batch out, in;
  const int fd = open_socket(0), on = 1;
  const struct sockaddr_in to = loopback(port);
  if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0) fail("SO_TIMESTAMPNS");
  prepare(&out), prepare(&in);
  for (int i = 0; i < BATCH; i++) {
    out.peers[i] = to;
    out.vectors[i].iov_len = length;
    in.headers[i].msg_hdr.msg_control = in.control[i];
    in.headers[i].msg_hdr.msg_controllen = sizeof in.control[i];
  }
  uint64_t sent = 0, skipped = 0;
  const uint64_t start = now_ns(CLOCK_MONOTONIC), end = start + (uint64_t)(seconds * 1e9);
  for (uint64_t now = start; now < end; now = now_ns(CLOCK_MONOTONIC)) {
    uint64_t due = (uint64_t)((double)(now - start) / 1e9 * rate) - sent - skipped;
    if (due > MOST_LATE) skipped += due - MOST_LATE, due = MOST_LATE;
    if (due > 0) sent += (uint64_t)send_due(fd, &out, due > BATCH ? BATCH : (int)due);
    const int received = drain(fd, &in, length);
    if (due > 0 || received > 0 || rate >= SPIN_FROM) continue;
    struct pollfd item = {.fd = fd, .events = POLLIN};
    const struct timespec nap = {.tv_nsec = 20000};
    ppoll(&item, 1, &nap, NULL);
  }
  const double took = (double)(now_ns(CLOCK_MONOTONIC) - start) / 1e9;
  for (const uint64_t until = now_ns(CLOCK_MONOTONIC) + 100000000; now_ns(CLOCK_MONOTONIC) < until;) drain(fd, &in, length);
  printf("{\"sent\":%lu,\"returned\":%lu,\"skipped\":%lu,\"seconds\":%.3f,\"cpuSeconds\":%.3f,\"p50\":%d,\"p99\":%d}\n", sent, returned, skipped, took,
         cpu_seconds(), percentile(0.5), percentile(0.99));
}

int main(int count, char **arguments) {
  if (count == 3 && strcmp(arguments[1], "batched") == 0) echo_batched(open_socket(atoi(arguments[2])));
  if (count == 3 && strcmp(arguments[1], "single") == 0) echo_single(open_socket(atoi(arguments[2])));
  if (count != 6 || strcmp(arguments[1], "load") != 0 || atoi(arguments[4]) < 8 || atoi(arguments[4]) > ROOM) {
    fprintf(stderr, "datagrams batched|single PORT, or datagrams load PORT RATE BYTES SECONDS\n");
    return 2;
  }
  load(atoi(arguments[2]), atof(arguments[3]), (size_t)atoi(arguments[4]), atof(arguments[5]));
  return 0;
}
