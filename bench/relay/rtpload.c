/*
 * Both parties of many calls over a relay, and an echo as the least a relay can cost.
 *
 *   rtpload echo ADDRESS PORT
 *       sends back what comes, one recvfrom and one sendto each
 *   rtpload flows FILE FROM FIRST_PORT SECOND_PORT RELAY COUNT RATE SECONDS [GROUP]
 *       FILE has a line "PORT PORT" for each call: where its first and its second party send to at RELAY. The first parties all
 *       live on FROM:FIRST_PORT, the second on FROM:SECOND_PORT. RATE packets a second over the first COUNT calls, both ways,
 *       GROUP at once, for SECONDS; prints as JSON what arrived at the other side.
 *   rtpload receive-in-thread DEVICE
 *       what arrives at this end of a veth pair is received in a thread of the kernel, whose CPU time can be read; checksums are made
 *       and checked, as where no card does it
 *
 * A packet is 172 bytes of RTP: 20 ms of G.711. The load is open: it sends when a packet is due whatever came through. What it is late
 * with it sends at once, up to MOST_WAITING, and then skips; `late` is how many left over 0.5 ms after they were due. Each system call has
 * its own stamp, so that waiting for the generator is nobody's latency. Below SPIN_FROM it sleeps until the next is due or
 * one arrives, from there on it spins.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, BYTES = 172, ROOM = 2048, MICROSECONDS = 1000000, MOST_WAITING = 2000, SPIN_FROM = 60000, BUFFER = 64 << 20, MOST_CALLS = 30000 };

struct batch {
  struct mmsghdr headers[BATCH];
  struct iovec vectors[BATCH];
  struct sockaddr_in peers[BATCH];
  char bytes[BATCH][ROOM];
  char control[BATCH][64];
  int count;
};

static const double LATE_SECONDS = 0.0005;

/* Where each party of each call sends to, and its sequence numbers. */
static uint16_t ports[MOST_CALLS][2], sequences[MOST_CALLS][2];
static struct batch out[2], in;
/* How many arrived after so many microseconds. */
static uint32_t histogram[MICROSECONDS];
static uint64_t arrived, strange;
/* What was sent earlier is of another run. */
static uint64_t begun;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct sockaddr_in address_of(const char *text, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, text, &address.sin_addr) != 1) fail(text);
  return address;
}

static int open_socket(const char *text, int port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), bytes = BUFFER, on = 1;
  const struct sockaddr_in address = address_of(text, port);
  if (fd < 0) fail("socket");
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) != 0) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0) fail("SO_TIMESTAMPNS");
  if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) fail("bind");
  return fd;
}

static void set_feature(int fd, const char *device, uint32_t command, uint32_t on) {
  struct ethtool_value value = {.cmd = command, .data = on};
  struct ifreq request = {.ifr_data = (char *)&value};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", device);
  if (ioctl(fd, SIOCETHTOOL, &request) != 0) fail(device);
}

/* A veth receives by NAPI only where it may merge packets (GRO); UDP is not merged unless somebody asks for it. */
static void receive_in_thread(const char *device) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  set_feature(fd, device, ETHTOOL_SGRO, 1);
  set_feature(fd, device, ETHTOOL_STXCSUM, 0);
  char path[64];
  snprintf(path, sizeof path, "/sys/class/net/%s/threaded", device);
  FILE *file = fopen(path, "w");
  if (file == NULL || fputs("1", file) == EOF || fclose(file) != 0) fail(path);
}

static void echo(int fd) {
  static char bytes[ROOM];
  for (;;) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    const ssize_t received = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&peer, &length);
    if (received >= 0) sendto(fd, bytes, (size_t)received, 0, (struct sockaddr *)&peer, length);
  }
}

static void prepare(struct batch *batch, struct sockaddr_in peer) {
  for (int i = 0; i < BATCH; i++) {
    struct msghdr *header = &batch->headers[i].msg_hdr;
    batch->vectors[i] = (struct iovec){batch->bytes[i], batch == &in ? ROOM : BYTES};
    batch->peers[i] = peer;
    header->msg_iov = &batch->vectors[i];
    header->msg_iovlen = 1;
    if (batch == &in) {
      header->msg_control = batch->control[i];
      header->msg_controllen = sizeof batch->control[i];
    } else {
      header->msg_name = &batch->peers[i];
      header->msg_namelen = sizeof batch->peers[i];
    }
  }
}

static uint64_t now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* A packet carries when it was sent; the kernel says when it arrived. */
static int drain(int fd) {
  const int received = recvmmsg(fd, in.headers, BATCH, MSG_DONTWAIT, NULL);
  for (int i = 0; i < received; i++) {
    struct msghdr *header = &in.headers[i].msg_hdr;
    if (in.headers[i].msg_len != BYTES) strange++;
    for (struct cmsghdr *at = CMSG_FIRSTHDR(header); at != NULL && in.headers[i].msg_len == BYTES; at = CMSG_NXTHDR(header, at)) {
      if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_TIMESTAMPNS) continue;
      struct timespec time;
      uint64_t sent;
      memcpy(&time, CMSG_DATA(at), sizeof time);
      memcpy(&sent, in.bytes[i] + 16, sizeof sent);
      if (sent < begun) continue;
      const int64_t took = ((int64_t)time.tv_sec * 1000000000 + time.tv_nsec - (int64_t)sent) / 1000;
      histogram[took < 0 ? 0 : took < MICROSECONDS ? took : MICROSECONDS - 1]++;
      arrived++;
    }
    header->msg_controllen = sizeof in.control[i];
  }
  return received > 0 ? received : 0;
}

static int percentile(double share) {
  uint64_t seen = 0;
  for (int i = 0; i < MICROSECONDS; i++) {
    seen += histogram[i];
    if (seen > 0 && (double)seen >= share * (double)arrived) return i;
  }
  return 0;
}

static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int read_flows(const char *path, int wanted) {
  FILE *file = fopen(path, "r");
  if (file == NULL) fail(path);
  int calls = 0, one, other;
  while (calls < wanted && calls < MOST_CALLS && fscanf(file, "%d %d", &one, &other) == 2) {
    ports[calls][0] = (uint16_t)one;
    ports[calls++][1] = (uint16_t)other;
  }
  fclose(file);
  return calls;
}

static void put32(char *at, uint32_t value) {
  value = htonl(value);
  memcpy(at, &value, 4);
}

/* Packet `number` of all: calls in turn, and in each the parties. RFC 3550 §5.1, PCMU. */
static void add(uint64_t number, int calls) {
  const int side = (int)(number & 1), call = (int)((number >> 1) % (uint64_t)calls);
  struct batch *batch = &out[side];
  char *packet = batch->bytes[batch->count];
  const uint16_t sequence = sequences[call][side]++;
  put32(packet, 0x80000000u | sequence);
  put32(packet + 4, sequence * 160u);
  put32(packet + 8, 0x10000u + (uint32_t)(2 * call + side));
  batch->peers[batch->count++].sin_port = htons(ports[call][side]);
}

static uint64_t send_all(const int sockets[2], int group) {
  uint64_t sent = 0;
  for (int side = 0; side < 2; side++) {
    const int count = out[side].count;
    for (int at = 0, next; at < count; at = next) {
      next = at + group < count ? at + group : count;
      const uint64_t time = now_ns(CLOCK_REALTIME);
      for (int i = at; i < next; i++) memcpy(out[side].bytes[i] + 16, &time, sizeof time);
      while (at < next) {
        const int now = sendmmsg(sockets[side], out[side].headers + at, (unsigned)(next - at), 0);
        sent += now > 0 ? (uint64_t)now : 0;
        at += now > 0 ? now : 1;
      }
    }
    out[side].count = 0;
  }
  return sent;
}

static void load(const int sockets[2], int calls, double rate, double seconds, uint64_t group) {
  uint64_t number = 0, sent = 0, skipped = 0, late = 0;
  // Without it a nap lasts 50 us longer, and packets leave in twos and threes.
  prctl(PR_SET_TIMERSLACK, 1000);
  const uint64_t in_time = group + (uint64_t)(rate * LATE_SECONDS);
  const uint64_t start = now_ns(CLOCK_MONOTONIC), end = start + (uint64_t)(seconds * 1e9);
  for (uint64_t now = start; now < end; now = now_ns(CLOCK_MONOTONIC)) {
    uint64_t due = (uint64_t)((double)(now - start) / 1e9 * rate) - number - skipped;
    if (due > MOST_WAITING) skipped += due - MOST_WAITING, due = MOST_WAITING;
    due -= due % group;
    const uint64_t leaving = due < BATCH ? due : BATCH;
    for (uint64_t i = 0; i < leaving; i++) add(number++, calls);
    if (leaving > 0) sent += send_all(sockets, (int)group);
    if (due > in_time) late += due - in_time < leaving ? due - in_time : leaving;
    const int received = drain(sockets[0]) + drain(sockets[1]);
    if (due > 0 || received > 0 || rate >= SPIN_FROM) continue;
    struct pollfd items[2] = {{.fd = sockets[0], .events = POLLIN}, {.fd = sockets[1], .events = POLLIN}};
    const uint64_t next = start + (uint64_t)((double)(number + skipped + group) / rate * 1e9), before = now_ns(CLOCK_MONOTONIC);
    const uint64_t rest = next > before ? next - before : 0;
    const struct timespec nap = {.tv_sec = (time_t)(rest / 1000000000), .tv_nsec = (long)(rest % 1000000000)};
    ppoll(items, 2, &nap, NULL);
  }
  const double took = (double)(now_ns(CLOCK_MONOTONIC) - start) / 1e9;
  for (const uint64_t until = now_ns(CLOCK_MONOTONIC) + 100000000; now_ns(CLOCK_MONOTONIC) < until;) {
    if (drain(sockets[0]) + drain(sockets[1]) > 0) continue;
    const struct timespec nap = {.tv_nsec = 200000};
    nanosleep(&nap, NULL);
  }
  printf("{\"sent\":%lu,\"arrived\":%lu,\"strange\":%lu,\"skipped\":%lu,\"late\":%lu,\"seconds\":%.4f,\"cpuSeconds\":%.4f,\"p50\":%d,\"p99\":%d}\n", sent,
         arrived, strange, skipped, late, took, cpu_seconds(), percentile(0.5), percentile(0.99));
}

int main(int count, char **arguments) {
  if (count == 4 && strcmp(arguments[1], "echo") == 0) echo(open_socket(arguments[2], atoi(arguments[3])));
  if (count == 3 && strcmp(arguments[1], "receive-in-thread") == 0) return receive_in_thread(arguments[2]), 0;
  const int group = count == 11 ? atoi(arguments[10]) : 1;
  if (count < 10 || count > 11 || strcmp(arguments[1], "flows") != 0 || group < 1 || group > BATCH) {
    fprintf(stderr, "rtpload echo ADDRESS PORT, rtpload receive-in-thread DEVICE, or rtpload flows FILE FROM FIRST_PORT SECOND_PORT RELAY COUNT RATE SECONDS [GROUP]\n");
    return 2;
  }
  const int sockets[2] = {open_socket(arguments[3], atoi(arguments[4])), open_socket(arguments[3], atoi(arguments[5]))};
  for (int side = 0; side < 2; side++) prepare(&out[side], address_of(arguments[6], 0));
  prepare(&in, (struct sockaddr_in){0});
  begun = now_ns(CLOCK_REALTIME);
  const int calls = read_flows(arguments[2], atoi(arguments[7]));
  if (calls == 0) return fprintf(stderr, "no calls in %s\n", arguments[2]), 1;
  load(sockets, calls, atof(arguments[8]), atof(arguments[9]), (uint64_t)group);
  return 0;
}
