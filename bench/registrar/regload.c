/* Open-loop REGISTERs from one socket, each once and never again, so what gets lost is seen; a challenge is answered (RFC 3261 §22, RFC 7616).
 * gcc -O2 -o regload regload.c ../proxy/streams.c -lssl -lcrypto
 *   regload -t REGISTRAR -u PHONE -r REGISTERS_PER_SECOND -d SECONDS [-n USERS]
 * The addresses are IP:PORT. User i of USERS is u000i@bench.test, with the password `secret` and one contact. A registration that is not
 * answered 200 within 500 ms (T1) has failed. Prints one line of JSON; ends with 2 when one failed. */
#define _GNU_SOURCE
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>
#include <poll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../proxy/messages.h"

enum { BINS = 100000, BIN_NS = 10000, TIMEOUT_NS = 500000000 };
static const char REALM[] = "bench.test";

typedef enum { UNUSED, ASKED, ANSWERED, DONE, FAILED } State;
typedef struct { uint64_t since; State state; } Registration;

static const char *registrarText = "127.0.0.1:5060", *phoneText = "127.0.0.1:5080";
static Address registrar;
static Socket *phone;
static char run[16];
static Registration *all;
static uint32_t count, users = 10000, started, ok, failed, late, refused, challenged, strange;
static uint32_t took[BINS];

static uint64_t nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* 32 hexadecimal digits and a NUL. */
static void md5(const char *text, char *digits) {
  unsigned char hash[16];
  MD5((const unsigned char *)text, strlen(text), hash);
  for (int i = 0; i < 16; i++) sprintf(digits + 2 * i, "%02x", hash[i]);
}

/* Requests. */

static void ask(uint32_t i, int sequence, const char *authorization) {
  const uint32_t user = i % users;
  Writer w = begin(phone);
  print(&w, "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-%s-%08x-%d;rport\r\nMax-Forwards: 70\r\n", REALM, phoneText, run, i, sequence);
  print(&w, "From: <sip:u%06u@%s>;tag=f%08x\r\nTo: <sip:u%06u@%s>\r\nCall-ID: %s-%08x@127.0.0.1\r\nCSeq: %d REGISTER\r\n", user, REALM, i, user,
        REALM, run, i, sequence);
  append(&w, authorization, strlen(authorization));
  print(&w, "Contact: <sip:u%06u@%s>;expires=3600\r\nAllow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY\r\nUser-Agent: regload\r\nContent-Length: 0\r\n\r\n",
        user, phoneText);
  end(&w, &registrar);
}

static void startOne(uint32_t i, uint64_t now) {
  all[i] = (Registration){now, ASKED};
  ask(i, 1, "");
}

/* The text of a parameter between its quotes. */
static void quoted(const Line *line, const char *name, char *value, size_t room) {
  char pattern[32];
  snprintf(pattern, sizeof pattern, "%s=\"", name);
  const char *at = memmem(line->value, (size_t)(line->end - line->value), pattern, strlen(pattern));
  const size_t skip = strlen(pattern);
  *value = 0;
  if (at == NULL) return;
  const char *stop = memchr(at + skip, '"', (size_t)(line->end - at) - skip);
  if (stop != NULL && (size_t)(stop - at) - skip < room) snprintf(value, room, "%.*s", (int)((size_t)(stop - at) - skip), at + skip);
}

/* To the challenge for MD5, with a count where the challenge offers qop. RFC 7616 §3.4. */
static void answerChallenge(uint32_t i, const char *response) {
  Line line;
  char nonce[256], qop[32], text[512], ha1[33], ha2[33], proof[33], authorization[1024];
  if (!find(response, "WWW-Authenticate", &line)) return;
  quoted(&line, "nonce", nonce, sizeof nonce);
  quoted(&line, "qop", qop, sizeof qop);
  snprintf(text, sizeof text, "u%06u:%s:secret", i % users, REALM);
  md5(text, ha1);
  snprintf(text, sizeof text, "REGISTER:sip:%s", REALM);
  md5(text, ha2);
  snprintf(text, sizeof text, "%s:%s:%s%s", ha1, nonce, *qop ? "00000001:c0ffee:auth:" : "", ha2);
  md5(text, proof);
  snprintf(authorization, sizeof authorization,
           "Authorization: Digest username=\"u%06u\", realm=\"%s\", nonce=\"%s\", uri=\"sip:%s\", response=\"%s\", algorithm=MD5%s\r\n", i % users,
           REALM, nonce, REALM, proof, *qop ? ", qop=auth, nc=00000001, cnonce=\"c0ffee\"" : "");
  ask(i, 2, authorization);
}

static Registration *registrationOf(const char *response) {
  Line id;
  const size_t length = strlen(run);
  if (!find(response, "Call-ID", &id)) return NULL;
  const char *value = id.value + strspn(id.value, " ");
  if (strncmp(value, run, length) != 0 || value[length] != '-') return NULL;
  const unsigned long i = strtoul(value + length + 1, NULL, 16);
  return i < count ? &all[i] : NULL;
}

static void onResponse(const char *message, uint64_t now) {
  Registration *one = strncmp(message, "SIP/2.0 ", 8) == 0 ? registrationOf(message) : NULL;
  const int status = one == NULL ? 0 : atoi(message + 8);
  if (one == NULL || status < 200 || one->state == DONE || one->state == FAILED) {
    strange++;
  } else if (status == 401 && one->state == ASKED) {
    challenged++;
    one->state = ANSWERED;
    answerChallenge((uint32_t)(one - all), message);
  } else if (status == 200) {
    const uint64_t bin = (now - one->since) / BIN_NS;
    took[bin < BINS ? bin : BINS - 1]++;
    one->state = DONE;
    ok++;
  } else {
    one->state = FAILED;
    refused++, failed++;
  }
}

/* The loop. */

static int startDue(double rate, uint64_t since, uint64_t now) {
  const double due = (double)(now - since) / 1e9 * rate;
  int some = 0;
  for (; started < due && started < count && some < BATCH; some++) startOne(started++, now);
  return some;
}

static int readAll(void) {
  const int some = receive(phone);
  const uint64_t now = nanoseconds();
  for (int i = 0; i < some; i++) onResponse(phone->inBytes[i], now);
  flush(phone);
  return some > 0;
}

static uint32_t giveUp(uint32_t from, uint64_t now) {
  while (from < started && (all[from].state >= DONE || now - all[from].since > TIMEOUT_NS)) {
    if (all[from].state < DONE) {
      all[from].state = FAILED;
      late++, failed++;
    }
    from++;
  }
  return from;
}

static void runAll(double rate) {
  const uint64_t since = nanoseconds();
  for (uint32_t over = 0; over < count;) {
    const int busy = startDue(rate, since, nanoseconds());
    if (!readAll() && !busy) {
      struct pollfd readable = {phone->fd, POLLIN, 0};
      const struct timespec nap = {0, started < count ? 150000 : 5000000};
      ppoll(&readable, 1, &nap, NULL);
    }
    over = giveUp(over, nanoseconds());
  }
}

static double percentile(double share) {
  uint64_t sum = 0;
  for (int i = 0; i < BINS; i++) {
    sum += took[i];
    if (ok > 0 && (double)sum >= (double)ok * share) return (double)i * BIN_NS / 1e6;
  }
  return -1;
}

int main(int argumentCount, char **arguments) {
  double rate = 1000, seconds = 4;
  for (int option; (option = getopt(argumentCount, arguments, "t:u:r:d:n:")) != -1;) {
    switch (option) {
      case 't': registrarText = optarg; break;
      case 'u': phoneText = optarg; break;
      case 'r': rate = atof(optarg); break;
      case 'd': seconds = atof(optarg); break;
      case 'n': users = (uint32_t)atoi(optarg); break;
      default: return 1;
    }
  }
  registrar = addressIn(registrarText);
  count = (uint32_t)(rate * seconds);
  all = calloc(count + 1, sizeof *all);
  phone = openSocket(phoneText);
  snprintf(run, sizeof run, "r%x", (unsigned)(nanoseconds() / 1000) & 0xffffff);

  const uint64_t since = nanoseconds();
  runAll(rate);
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  const double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  printf("{\"registrations\":%u,\"ok\":%u,\"failed\":%u,\"late\":%u,\"refused\":%u,\"challenged\":%u,\"strange\":%u,\"sent\":%lu,\"received\":%lu,"
         "\"notSent\":%lu,\"seconds\":%.3f,\"cpuSeconds\":%.3f,\"p50\":%.2f,\"p99\":%.2f}\n",
         count, ok, failed, late, refused, challenged, strange, sent, received, notSent, (double)(nanoseconds() - since) / 1e9, cpu,
         percentile(0.5), percentile(0.99));
  return failed > 0 ? 2 : 0;
}
