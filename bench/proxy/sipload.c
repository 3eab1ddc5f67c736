/* Open-loop SIP load: one thread is both ends of every call and never sends anything twice, so what gets lost is seen. RFC 3261 §13, §15.
 * gcc -O2 -o sipload sipload.c
 *   sipload -t PROXY -u CALLER -s CALLEE -r CALLS_PER_SECOND -d SECONDS [-c CORE] [-m invite|options]
 * The addresses are IP:PORT. A call is INVITE, 100, 180, 200, ACK, BYE, 200; with `-m options` it is OPTIONS and its answer. A call that is
 * not over within 500 ms (T1) has failed. Prints one line of JSON; ends with 2 when a call failed. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, QUEUE = 256, DATAGRAM = 4096, BINS = 100000, ROUTES = 16 };
enum { BIN_NS = 10000, TIMEOUT_NS = 500000000 };

typedef struct sockaddr_in Address;

/* One UDP socket with room for a batch each way. */
typedef struct {
  int fd, queued;
  struct mmsghdr in[BATCH], out[QUEUE];
  struct iovec inVector[BATCH], outVector[QUEUE];
  Address inFrom[BATCH], outTo[QUEUE];
  char inBytes[BATCH][DATAGRAM], outBytes[QUEUE][DATAGRAM];
} Socket;

typedef enum { UNUSED, INVITED, ANSWERED, DONE, FAILED } State;
typedef struct { uint64_t since; State state; } Call;

/* A message being written into a socket's queue. */
typedef struct { Socket *socket; char *bytes; int length; } Writer;

/* A header line inside a message; `value` is after the colon, the line end included. */
typedef struct { const char *name, *value, *end; } Line;

static const char SDP[] =
    "v=0\r\no=- 3724394400 3724394400 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 8 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n";

static const char *proxyText = "127.0.0.1:5060", *callerText = "127.0.0.1:5080", *calleeText = "127.0.0.1:5070";
static Address proxyAddress;
static Socket *caller, *callee;
static char run[16];
static int options;
static Call *calls;
static uint32_t callCount, started, ok, failed, late, refused, repeated, strange;
static uint64_t sent, received, notSent;
static uint32_t setUp[BINS];

static uint64_t nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

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
  return (Writer){s, s->outBytes[s->queued], 0};
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

static void body(Writer *w) {
  print(w, "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s", sizeof SDP - 1, SDP);
}

static void end(Writer *w, const Address *to) {
  Socket *s = w->socket;
  s->outVector[s->queued].iov_len = (size_t)w->length;
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

/* The caller. */

static void requestLine(Writer *w, const char *method, const char *uri, uint32_t i, int branch) {
  print(w, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-%s-%08x-%d;rport\r\n", method, uri, callerText, run, i, branch);
}

static void startCall(uint32_t i, uint64_t now) {
  char uri[80];
  Writer w = begin(caller);
  calls[i] = (Call){now, INVITED};
  snprintf(uri, sizeof uri, "sip:bob@%s", proxyText);
  requestLine(&w, options ? "OPTIONS" : "INVITE", uri, i, 1);
  print(&w, "Max-Forwards: 70\r\nFrom: \"Alice Smith\" <sip:alice@%s>;tag=f%08x\r\nTo: <%s>\r\nCall-ID: %s-%08x@127.0.0.1\r\nCSeq: 1 %s\r\n",
        callerText, i, uri, run, i, options ? "OPTIONS" : "INVITE");
  if (options) {
    print(&w, "Content-Length: 0\r\n\r\n");
  } else {
    print(&w, "Contact: <sip:alice@%s>\r\nAllow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO, UPDATE, PRACK\r\n"
              "Supported: replaces, timer, 100rel, path\r\nUser-Agent: sipload\r\nP-Asserted-Identity: <sip:alice@%s>\r\n", callerText, callerText);
    body(&w);
  }
  end(&w, &proxyAddress);
}

/* ACK or BYE along the route that the 200 brought. */
static void sendInDialog(const char *method, int sequence, uint32_t i, const char *answer) {
  Line line, to = {0}, route[ROUTES];
  char uri[256] = "";
  int routes = 0;
  for (const char *at = answer; nextLine(at, &line); at = line.value) {
    if (is(&line, "Record-Route") && routes < ROUTES) route[routes++] = line;
    else if (is(&line, "Contact")) sscanf(line.value, " <%255[^>]", uri);
    else if (is(&line, "To")) to = line;
  }
  Writer w = begin(caller);
  requestLine(&w, method, uri, i, sequence == 1 ? 2 : 3);
  while (routes-- > 0) {
    append(&w, "Route:", 6);
    append(&w, route[routes].value, (size_t)(route[routes].end - route[routes].value));
  }
  print(&w, "Max-Forwards: 70\r\nFrom: \"Alice Smith\" <sip:alice@%s>;tag=f%08x\r\n", callerText, i);
  append(&w, to.name, (size_t)(to.end - to.name));
  print(&w, "Call-ID: %s-%08x@127.0.0.1\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n", run, i, sequence, method);
  end(&w, &proxyAddress);
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

static int startDue(double rate, uint64_t since, uint64_t now) {
  const double due = (double)(now - since) / 1e9 * rate;
  int count = 0;
  for (; started < due && started < callCount && count < BATCH; count++) startCall(started++, now);
  return count;
}

static int readBoth(void) {
  const int toCaller = receive(caller);
  const uint64_t now = nanoseconds();
  for (int i = 0; i < toCaller; i++) onCallerMessage(caller->inBytes[i], now);
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

static void runCalls(double rate) {
  const uint64_t since = nanoseconds();
  for (uint32_t over = 0; over < callCount;) {
    const int busy = startDue(rate, since, nanoseconds());
    if (!readBoth() && !busy) {
      struct pollfd both[2] = {{caller->fd, POLLIN, 0}, {callee->fd, POLLIN, 0}};
      const struct timespec nap = {0, started < callCount ? 150000 : 5000000};
      ppoll(both, 2, &nap, NULL);
    }
    over = giveUp(over, nanoseconds());
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

static void pinTo(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

int main(int count, char **arguments) {
  double rate = 1000, seconds = 4;
  for (int option; (option = getopt(count, arguments, "t:u:s:r:d:c:m:")) != -1;) {
    switch (option) {
      case 't': proxyText = optarg; break;
      case 'u': callerText = optarg; break;
      case 's': calleeText = optarg; break;
      case 'r': rate = atof(optarg); break;
      case 'd': seconds = atof(optarg); break;
      case 'c': pinTo(atoi(optarg)); break;
      case 'm': options = strcmp(optarg, "options") == 0; break;
      default: return 1;
    }
  }
  proxyAddress = addressIn(proxyText);
  callCount = (uint32_t)(rate * seconds);
  calls = calloc(callCount + 1, sizeof *calls);
  caller = openSocket(callerText);
  callee = openSocket(calleeText);
  snprintf(run, sizeof run, "r%x", (unsigned)(nanoseconds() / 1000) & 0xffffff);
  memset(calls, 0, (callCount + 1) * sizeof *calls);

  const uint64_t since = nanoseconds();
  runCalls(rate);
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  const double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  printf("{\"calls\":%u,\"ok\":%u,\"failed\":%u,\"late\":%u,\"refused\":%u,\"repeated\":%u,\"strange\":%u,\"sent\":%lu,\"received\":%lu,\"notSent\":%lu,"
         "\"seconds\":%.3f,\"cpuSeconds\":%.3f,\"setUpP50\":%.2f,\"setUpP99\":%.2f}\n",
         callCount, ok, failed, late, refused, repeated, strange, sent, received, notSent, (double)(nanoseconds() - since) / 1e9, cpu,
         percentile(0.5), percentile(0.99));
  return failed > 0 ? 2 : 0;
}
