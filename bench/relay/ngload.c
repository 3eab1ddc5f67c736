/*
 * A controller that drives a relay over NG (UDP, bencode).
 *
 *   ngload calls ADDRESS PORT PARTY FIRST_PORT SECOND_PORT COUNT
 *       offers and answers COUNT calls, and prints for each "PORT PORT": where its first and its second party have to send to
 *   ngload setups ADDRESS PORT PARTY FIRST_PORT SECOND_PORT COUNT OUTSTANDING
 *       offers, answers and deletes COUNT calls, OUTSTANDING commands at a time; a call is deleted when HELD more have been answered, half of
 *       COUNT at most: nobody's last a few milliseconds. Prints as JSON how long that took
 *   ngload first ADDRESS PORT
 *       asks, whether somebody listens or not, until the first answer; prints as JSON when that came (UNIX time), and how many sessions there are
 *
 * Both parties of all calls live on PARTY. Every command has a cookie of its own: a repeated one is answered from a cache.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 8192, MOST_OUTSTANDING = 64, HELD = 500, PAUSE_US = 2000, MOST_SECONDS = 60 };
enum stage { OFFER, ANSWER, DELETE };

static int control;
static const char *party;
static int ports[2];
static unsigned cookies;
static int held;

/* A call on its way: which command is outstanding, under which cookie. A DELETE is of the call `held` before it. */
struct call {
  int number;
  enum stage stage;
  unsigned cookie;
  int facing_second;
};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int string(char *at, const char *text) { return sprintf(at, "%zu:%s", strlen(text), text); }

static int pair(char *at, const char *key, const char *value) {
  const int length = string(at, key);
  return length + string(at + length, value);
}

static void command(struct call *call) {
  char message[ROOM], sdp[512], id[64];
  const char *names[] = {"offer", "answer", "delete"};
  call->cookie = ++cookies;
  int at = sprintf(message, "%d_%u d", getpid(), call->cookie);
  sprintf(id, "bench-%d-%d", getpid(), call->stage == DELETE ? call->number - held : call->number);
  sprintf(sdp, "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n", party,
          party, ports[call->stage == ANSWER]);
  if (call->stage != DELETE) at += pair(message + at, "ICE", "remove");
  at += pair(message + at, "call-id", id);
  at += pair(message + at, "command", names[call->stage]);
  if (call->stage == DELETE) at += sprintf(message + at, "12:delete-delayi0e");
  at += pair(message + at, "from-tag", "a");
  if (call->stage != DELETE) at += pair(message + at, "sdp", sdp);
  if (call->stage == ANSWER) at += pair(message + at, "to-tag", "b");
  message[at++] = 'e';
  if (send(control, message, (size_t)at, 0) != at) fail("send");
}

/* The call that the reply belongs to; the reply is left in `message`. */
static struct call *reply(char message[ROOM], struct call *calls, int count) {
  for (;;) {
    const ssize_t length = recv(control, message, ROOM - 1, 0);
    if (length < 0) fail("no reply");
    message[length] = 0;
    unsigned pid, cookie;
    if (sscanf(message, "%u_%u ", &pid, &cookie) != 2) continue;
    for (int i = 0; i < count; i++) {
      if (calls[i].cookie != cookie) continue;
      if (strstr(message, "6:result2:ok") == NULL) {
        fprintf(stderr, "refused: %s\n", message);
        exit(1);
      }
      return &calls[i];
    }
  }
}

static int port_in(const char *message) {
  const char *line = strstr(message, "m=audio ");
  return line == NULL ? 0 : atoi(line + 8);
}

/* Moves `count` calls through their commands up to `last`; those numbered from `count` on are only there to end the last `held`. */
static void run(int count, int outstanding, enum stage last) {
  static struct call calls[MOST_OUTSTANDING];
  static char message[ROOM];
  const int all = count + (last == DELETE ? held : 0);
  int begun = 0;
  for (; begun < outstanding && begun < all; begun++) {
    calls[begun] = (struct call){.number = begun, .stage = begun < count ? OFFER : DELETE};
    command(&calls[begun]);
  }
  for (int ended = 0; ended < all;) {
    struct call *call = reply(message, calls, outstanding);
    if (last == ANSWER && call->stage == ANSWER) printf("%d %d\n", port_in(message), call->facing_second);
    if (call->stage == OFFER) call->facing_second = port_in(message);
    const enum stage end = last == DELETE && call->number < held ? ANSWER : last;
    if (call->stage < end) {
      call->stage++;
    } else {
      ended++;
      call->cookie = 0;
      if (begun == all) continue;
      *call = (struct call){.number = begun, .stage = begun < count ? OFFER : DELETE};
      begun++;
    }
    command(call);
  }
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Sends `command` every PAUSE_US until there is an answer to one of them; refusals of the host are none. */
static void ask(const char *command, char answer[ROOM]) {
  const struct timeval pause = {.tv_usec = PAUSE_US};
  const unsigned earlier = cookies;
  const double until = now() + MOST_SECONDS;
  setsockopt(control, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof pause);
  while (now() < until) {
    char message[128];
    unsigned cookie;
    const int length = sprintf(message, "%d_%u d7:command%zu:%se", getpid(), ++cookies, strlen(command), command);
    if (send(control, message, (size_t)length, 0) != length) usleep(PAUSE_US);
    for (ssize_t received; (received = recv(control, answer, ROOM - 1, 0)) > 0;) {
      answer[received] = 0;
      if (sscanf(answer, "%*u_%u ", &cookie) == 1 && cookie > earlier) return;
    }
  }
  fprintf(stderr, "no answer in %d s\n", MOST_SECONDS);
  exit(1);
}

static int first(void) {
  static char answer[ROOM];
  struct timespec time;
  ask("ping", answer);
  clock_gettime(CLOCK_REALTIME, &time);
  ask("statistics", answer);
  const char *sessions = strstr(answer, "sessionstotali");
  printf("{\"at\":%ld.%06ld,\"sessions\":%d}\n", (long)time.tv_sec, time.tv_nsec / 1000, sessions == NULL ? 0 : atoi(sessions + 14));
  return 0;
}

int main(int count, char **arguments) {
  const int alive = count == 8 && strcmp(arguments[1], "calls") == 0, setups = count == 9 && strcmp(arguments[1], "setups") == 0;
  const int outstanding = setups ? atoi(arguments[8]) : 1;
  const int asks = count == 4 && strcmp(arguments[1], "first") == 0;
  if ((!alive && !setups && !asks) || outstanding < 1 || outstanding > MOST_OUTSTANDING) {
    fprintf(stderr, "ngload calls|setups ADDRESS PORT PARTY FIRST_PORT SECOND_PORT COUNT [OUTSTANDING], or ngload first ADDRESS PORT\n");
    return 2;
  }
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[3]))};
  if (inet_pton(AF_INET, arguments[2], &address.sin_addr) != 1) fail(arguments[2]);
  const struct timeval patience = {.tv_sec = 3};
  control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (control < 0 || connect(control, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
  if (asks) return first();
  setsockopt(control, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  party = arguments[4];
  ports[0] = atoi(arguments[5]);
  ports[1] = atoi(arguments[6]);
  const int calls = atoi(arguments[7]);
  held = calls / 2 < HELD ? calls / 2 : HELD;
  const double start = now();
  run(calls, outstanding, alive ? ANSWER : DELETE);
  if (setups) printf("{\"seconds\":%.4f,\"cpuSeconds\":%.4f}\n", now() - start, cpu_seconds());
  return 0;
}
