/* Open-loop SIP load: one thread is both ends of every call and never sends anything twice, so what gets lost is seen. RFC 3261 §13, §15.
 * gcc -O2 -o sipload sipload.c streams.c -lssl -lcrypto
 *   sipload -t PROXY -u CALLER -s CALLEE -r CALLS_PER_SECOND -d SECONDS [-m invite|options] [-x udp|tcp|tls|ws] [-n CONNECTIONS] [-l LIVE]
 * The addresses are IP:PORT. A call is INVITE, 100, 180, 200, ACK, BYE, 200; with `-m options` it is OPTIONS and its answer. A call that is
 * not over within 500 ms (T1) has failed. The caller may call by connections; the callee is always reached by UDP.
 * With `-l` it first opens LIVE calls that go on, says `live` and waits for a line; then each call that begins ends the one that has lasted longest.
 * Prints one line of JSON; ends with 2 when a call failed. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "messages.h"

enum { BINS = 100000, ROUTES = 16 };
enum { BIN_NS = 10000, TIMEOUT_NS = 500000000, LIVE_RATE = 2000 };

typedef enum { UNUSED, INVITED, ANSWERED, DONE, FAILED, HELD } State;
/* `bye`: of one that goes on. */
typedef struct { uint64_t since; State state; char *bye; } Call;

static const char SDP[] =
    "v=0\r\no=- 3724394400 3724394400 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 8 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n";

static const char *proxyText = "127.0.0.1:5060", *callerText = "127.0.0.1:5080", *calleeText = "127.0.0.1:5070";
static Address proxyAddress;
static Socket *caller, *callee;
static const char *transport = "UDP", *contactTransport = "";
static int connections;
static char run[16];
static int options;
static Call *calls;
static uint32_t callCount, live, started, ok, failed, late, refused, repeated, strange;
static uint32_t setUp[BINS];

static uint64_t nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void body(Writer *w) {
  print(w, "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s", sizeof SDP - 1, SDP);
}

/* The caller. */

static void requestLine(Writer *w, const char *method, const char *uri, uint32_t i, int branch) {
  w->lane = (int)i;
  print(w, "%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK-%s-%08x-%d;rport\r\n", method, uri, transport, callerText, run, i, branch);
}

static void startCall(uint32_t i, uint64_t now) {
  char uri[80];
  Writer w = begin(caller);
  calls[i] = (Call){now, INVITED, NULL};
  snprintf(uri, sizeof uri, "sip:bob@%s", proxyText);
  requestLine(&w, options ? "OPTIONS" : "INVITE", uri, i, 1);
  print(&w, "Max-Forwards: 70\r\nFrom: \"Alice Smith\" <sip:alice@%s>;tag=f%08x\r\nTo: <%s>\r\nCall-ID: %s-%08x@127.0.0.1\r\nCSeq: 1 %s\r\n",
        callerText, i, uri, run, i, options ? "OPTIONS" : "INVITE");
  if (options) {
    print(&w, "Content-Length: 0\r\n\r\n");
  } else {
    print(&w, "Contact: <sip:alice@%s%s>\r\nAllow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO, UPDATE, PRACK\r\n"
              "Supported: replaces, timer, 100rel, path\r\nUser-Agent: sipload\r\nP-Asserted-Identity: <sip:alice@%s>\r\n", callerText, contactTransport, callerText);
    body(&w);
  }
  end(&w, &proxyAddress);
}

/* ACK or BYE along the route that the 200 brought. */
static void writeInDialog(Writer *w, const char *method, int sequence, uint32_t i, const char *answer) {
  Line line, to = {0}, route[ROUTES];
  char uri[256] = "";
  int routes = 0;
  for (const char *at = answer; nextLine(at, &line); at = line.value) {
    if (is(&line, "Record-Route") && routes < ROUTES) route[routes++] = line;
    else if (is(&line, "Contact")) sscanf(line.value, " <%255[^>]", uri);
    else if (is(&line, "To")) to = line;
  }
  requestLine(w, method, uri, i, sequence == 1 ? 2 : 3);
  while (routes-- > 0) {
    append(w, "Route:", 6);
    append(w, route[routes].value, (size_t)(route[routes].end - route[routes].value));
  }
  print(w, "Max-Forwards: 70\r\nFrom: \"Alice Smith\" <sip:alice@%s>;tag=f%08x\r\n", callerText, i);
  append(w, to.name, (size_t)(to.end - to.name));
  print(w, "Call-ID: %s-%08x@127.0.0.1\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n", run, i, sequence, method);
}

static void sendInDialog(const char *method, int sequence, uint32_t i, const char *answer) {
  Writer w = begin(caller);
  writeInDialog(&w, method, sequence, i, answer);
  end(&w, &proxyAddress);
}

/* It goes on; the one that has lasted longest ends in its stead, once there are enough. */
static void hold(uint32_t i, const char *answer, uint64_t now) {
  char bytes[DATAGRAM];
  Writer w = {NULL, bytes, 0, 0};
  writeInDialog(&w, "BYE", 2, i, answer);
  calls[i].bye = strndup(bytes, (size_t)w.length);
  calls[i].state = HELD;
  if (i < live || calls[i - live].state != HELD) return;
  Call *oldest = &calls[i - live];
  w = begin(caller);
  w.lane = (int)(i - live);
  append(&w, oldest->bye, strlen(oldest->bye));
  end(&w, &proxyAddress);
  free(oldest->bye);
  *oldest = (Call){now, ANSWERED, NULL};
}

/* The call that a response belongs to, or NULL. */
static Call *callOf(const char *response) {
  Line id;
  const size_t length = strlen(run);
  if (!find(response, "Call-ID", &id)) return NULL;
  const char *value = id.value + strspn(id.value, " ");
  if (strncmp(value, run, length) != 0 || value[length] != '-') return NULL;
  const unsigned long i = strtoul(value + length + 1, NULL, 16);
  return i < callCount ? &calls[i] : NULL;
}

static void finish(Call *call, int status) {
  call->state = status == 200 ? DONE : FAILED;
  if (status == 200) ok++;
  else refused++, failed++;
}

static void noteSetUp(uint64_t ns) {
  const uint64_t bin = ns / BIN_NS;
  setUp[bin < BINS ? bin : BINS - 1]++;
}

static void onCallerMessage(const char *message, uint64_t now) {
  Line cseq;
  Call *call = strncmp(message, "SIP/2.0 ", 8) == 0 ? callOf(message) : NULL;
  if (call == NULL || !find(message, "CSeq", &cseq)) {
    strange++;
    return;
  }
  const int status = atoi(message + 8);
  const uint32_t i = (uint32_t)(call - calls);
  const int toBye = strtoul(cseq.value, NULL, 10) == 2;
  if (status < 200) return;
  if (call->state != (toBye ? ANSWERED : INVITED)) {
    repeated++;
    return;
  }
  if (!toBye) noteSetUp(now - call->since);
  if (toBye || options || status != 200) {
    finish(call, status);
    return;
  }
  sendInDialog("ACK", 1, i, message);
  if (live > 0) {
    hold(i, message, now);
    return;
  }
  sendInDialog("BYE", 2, i, message);
  call->state = ANSWERED;
}

/* The callee. */

static void answer(const char *request, int status, const char *phrase, int invite, const Address *to) {
  static const char *const COPIED[] = {"Via", "From", "Call-ID", "CSeq"};
  Line line;
  Writer w = begin(callee);
  print(&w, "SIP/2.0 %d %s\r\n", status, phrase);
  for (const char *at = request; nextLine(at, &line); at = line.value) {
    int copied = invite && is(&line, "Record-Route");
    for (int k = 0; k < 4 && !copied; k++) copied = is(&line, COPIED[k]);
    if (copied) {
      append(&w, line.name, (size_t)(line.end - line.name));
    } else if (is(&line, "To")) {
      append(&w, line.name, (size_t)(line.end - 2 - line.name));
      print(&w, "%s\r\n", memmem(line.value, (size_t)(line.end - line.value), ";tag=", 5) == NULL ? ";tag=callee" : "");
    }
  }
  if (invite) print(&w, "Contact: <sip:bob@%s>\r\n", calleeText);
  if (invite && status == 200) body(&w);
  else print(&w, "Content-Length: 0\r\n\r\n");
  end(&w, to);
}

static void onCalleeMessage(const char *message, const Address *from) {
  const int invite = strncmp(message, "INVITE ", 7) == 0;
  if (strncmp(message, "ACK ", 4) == 0) return;
  if (strncmp(message, "SIP/2.0 ", 8) == 0) {
    strange++;
    return;
  }
  if (invite) answer(message, 180, "Ringing", 1, from);
  answer(message, 200, "OK", invite, from);
}

/* The loop. */

static int startDue(double rate, uint64_t since, uint64_t now, uint32_t first, uint32_t last) {
  const double due = (double)(now - since) / 1e9 * rate;
  int count = 0;
  for (; started - first < due && started < last && count < BATCH; count++) startCall(started++, now);
  return count;
}

static void onStreamMessage(const char *message) {
  received++;
  onCallerMessage(message, nanoseconds());
}

static int readBoth(void) {
  const int toCaller = connections > 0 ? readStreams(onStreamMessage) : receive(caller);
  const uint64_t now = nanoseconds();
  for (int i = 0; i < toCaller && connections == 0; i++) onCallerMessage(caller->inBytes[i], now);
  flush(caller);
  const int toCallee = receive(callee);
  for (int i = 0; i < toCallee; i++) onCalleeMessage(callee->inBytes[i], &callee->inFrom[i]);
  flush(callee);
  return toCaller > 0 || toCallee > 0;
}

/* Calls up to the returned one are over, one way or the other. */
static uint32_t giveUp(uint32_t from, uint64_t now) {
  while (from < started && (calls[from].state >= DONE || now - calls[from].since > TIMEOUT_NS)) {
    if (calls[from].state < DONE) {
      calls[from].state = FAILED;
      late++, failed++;
    }
    from++;
  }
  return from;
}

/* Starts calls up to `last` and sees them through. */
static void runCalls(double rate, uint32_t last) {
  const uint64_t since = nanoseconds();
  const uint32_t first = started;
  for (uint32_t over = first; over < last;) {
    const int busy = startDue(rate, since, nanoseconds(), first, last);
    if (!readBoth() && !busy) {
      struct pollfd items[MOST_LANES + 1] = {{callee->fd, POLLIN, 0}, {caller->fd, POLLIN, 0}};
      const int count = connections > 0 ? 1 + watchStreams(items + 1) : 2;
      const struct timespec nap = {0, started < last ? 150000 : 5000000};
      ppoll(items, (nfds_t)count, &nap, NULL);
    }
    over = giveUp(over, nanoseconds());
  }
}

/* All that is to be counted begins after this. */
static void openLive(void) {
  runCalls(LIVE_RATE, live);
  printf("live\n");
  fflush(stdout);
  while (getchar() != '\n' && !feof(stdin)) continue;
  ok = failed = late = refused = 0;
  memset(setUp, 0, sizeof setUp);
}

/* Those that were ended: their BYEs may still be on the way. */
static void countEnded(void) {
  const uint64_t until = nanoseconds() + TIMEOUT_NS;
  for (uint32_t i = 0; live > 0 && i + live < callCount;) {
    readBoth();
    if (calls[i].state == ANSWERED && nanoseconds() < until) continue;
    if (calls[i++].state != DONE) failed++;
  }
}

static double percentile(double share) {
  uint64_t all = 0, sum = 0;
  for (int i = 0; i < BINS; i++) all += setUp[i];
  for (int i = 0; i < BINS; i++) {
    sum += setUp[i];
    if (all > 0 && (double)sum >= (double)all * share) return (double)i * BIN_NS / 1e6;
  }
  return -1;
}

static double cpuSeconds(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void callBy(const char *kind) {
  if (strcmp(kind, "udp") == 0) connections = 0;
  else if (strcmp(kind, "tcp") == 0) transport = "TCP", contactTransport = ";transport=tcp";
  else if (strcmp(kind, "tls") == 0) transport = "TLS", contactTransport = ";transport=tls";
  else transport = "WS", contactTransport = ";transport=ws";
}

int main(int count, char **arguments) {
  double rate = 1000, seconds = 4;
  const char *kind = "udp";
  connections = 16;
  for (int option; (option = getopt(count, arguments, "t:u:s:r:d:m:x:n:l:")) != -1;) {
    switch (option) {
      case 't': proxyText = optarg; break;
      case 'u': callerText = optarg; break;
      case 's': calleeText = optarg; break;
      case 'r': rate = atof(optarg); break;
      case 'd': seconds = atof(optarg); break;
      case 'm': options = strcmp(optarg, "options") == 0; break;
      case 'x': kind = optarg; break;
      case 'n': connections = atoi(optarg); break;
      case 'l': live = (uint32_t)atoi(optarg); break;
      default: return 1;
    }
  }
  proxyAddress = addressIn(proxyText);
  callCount = live + (uint32_t)(rate * seconds);
  callBy(kind);
  calls = calloc(callCount + 1, sizeof *calls);
  caller = openSocket(callerText);
  caller->byStream = connections > 0;
  callee = openSocket(calleeText);
  snprintf(run, sizeof run, "r%x", (unsigned)(nanoseconds() / 1000) & 0xffffff);
  memset(calls, 0, (callCount + 1) * sizeof *calls);

  if (connections > 0) openStreams(kind, &proxyAddress, connections);
  if (live > 0) openLive();
  const uint64_t since = nanoseconds();
  const double cpuBefore = cpuSeconds();
  runCalls(rate, callCount);
  countEnded();
  printf("{\"calls\":%u,\"ok\":%u,\"failed\":%u,\"late\":%u,\"refused\":%u,\"repeated\":%u,\"strange\":%u,\"sent\":%lu,\"received\":%lu,\"notSent\":%lu,"
         "\"seconds\":%.3f,\"cpuSeconds\":%.3f,\"setUpP50\":%.2f,\"setUpP99\":%.2f}\n",
         callCount - live, ok, failed, late, refused, repeated, strange, sent, received, notSent, (double)(nanoseconds() - since) / 1e9, cpuSeconds() - cpuBefore,
         percentile(0.5), percentile(0.99));
  return failed > 0 ? 2 : 0;
}
