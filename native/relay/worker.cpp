// The life of a packet thread: waiting, obeying commands, telling of silence. packets.cpp has the packets.
#include "worker.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

#include "clock.h"
#include "sockets.h"

namespace relay {

namespace {
constexpr int READY_AT_ONCE = 256;
constexpr unsigned ROUNDS_AT_ONCE = 8;
constexpr uint64_t WAKEUP = UINT64_MAX;
constexpr int64_t CHECK_AT_LEAST_MS = 1000;
constexpr int64_t CHECK_AT_MOST_MS = 20;
constexpr int64_t KERNEL_READ_MS = 20;
constexpr long LATER_NS = 10000000;

// Which socket of which stream an epoll event speaks of.
uint64_t markOf(uint32_t stream, bool rtcp) { return uint64_t{stream} << 1 | (rtcp ? 1 : 0); }

// Whether what the kernel does for the stream may be wrong afterwards.
bool changes(Command::Kind kind) { return kind != Command::Kind::open && kind != Command::Kind::watch && kind != Command::Kind::takeOver; }
}  // namespace

Worker::Worker(Stream* streams, const Counters& counters, size_t number, EventSink sink, std::function<bool(uint32_t)> closed, uint64_t shareNs,
               FastPath* fastPath)
    : streams_(streams),
      counters_(counters),
      total_(counters.ofThread(number)),
      sink_(std::move(sink)),
      closed_(std::move(closed)),
      fastPath_(fastPath),
      sharing_(shareNs),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wakeup_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  watchSocket(wakeup_, WAKEUP);
  thread_ = std::thread([this] { run(); });
}

Worker::~Worker() {
  stop();
  ::close(epoll_);
  ::close(wakeup_);
}

void Worker::tell(const Command& command, bool later) {
  const bool first = queue_.push(command);
  if (!later) wakeIn(1);
  else if (first && !timed_.exchange(true)) wakeIn(LATER_NS);
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  ending_ = true;
  wakeIn(1);
  thread_.join();
}

void Worker::wakeIn(long ns) {
  const itimerspec once = {{0, 0}, {0, ns}};
  timerfd_settime(wakeup_, 0, &once, nullptr);
}

// Packets are read until there are none, so that a pause keeps back only those of its own time.
void Worker::run() {
  // A pause ends when it should; the kernel would round it up by 50 us.
  prctl(PR_SET_TIMERSLACK, 1000);
  while (!ending_) {
    unsigned packets = round(waitMs());
    const auto wokeNs = static_cast<uint64_t>(nowMicros_) * 1000;
    if (!open_.empty() && nowMicros_ / 1000 >= nextCheck_) checkSilence();
    if (!inKernel_.empty() && nowMicros_ / 1000 >= nextKernelRead_) {
      readKernel();
      nextKernelRead_ = nowMicros_ / 1000 + KERNEL_READ_MS;
    }
    if (packets > 0 && sharing_.on()) share(wokeNs, packets);
  }
  obey();
  for (const uint32_t index : std::vector<uint32_t>(open_)) {
    takeBackAround(index);
    close(index, streams_[index]);
  }
}

void Worker::share(uint64_t wokeNs, unsigned packets) {
  unsigned more = 1;
  for (unsigned rounds = 0; more > 0 && rounds < ROUNDS_AT_ONCE; ++rounds) packets += more = round(0);
  const uint64_t pause = sharing_.pauseAfter(wokeNs, static_cast<uint64_t>(monotonicMicros()) * 1000, packets);
  if (pause == 0 || more > 0) return;
  const timespec rest = {0, static_cast<long>(pause)};
  nanosleep(&rest, nullptr);
}

// Commands come first: who told of a new address may send from it in the same breath. Returns the number of packets.
unsigned Worker::round(int waitMs) {
  epoll_event ready[READY_AT_ONCE];
  const int count = epoll_wait(epoll_, ready, READY_AT_ONCE, waitMs);
  nowMicros_ = monotonicMicros();
  nowWallMs_ = wallMs();
  // Heard before the queue is looked into: what is said afterwards wakes again.
  for (int index = 0; index < count; ++index) {
    if (ready[index].data.u64 != WAKEUP) continue;
    uint64_t times;
    [[maybe_unused]] const ssize_t got = read(wakeup_, &times, sizeof times);
    timed_ = false;
  }
  if (!queue_.empty()) obey();
  unsigned packets = 0;
  for (int index = 0; index < count; ++index) {
    const uint64_t mark = ready[index].data.u64;
    if (mark != WAKEUP && receive(static_cast<uint32_t>(mark >> 1), (mark & 1) != 0)) ++packets;
  }
  return packets;
}

void Worker::obey() {
  queue_.take(commands_);
  for (const Command& command : commands_) obey(command);
  commands_.clear();
}

void Worker::obey(const Command& command) {
  Stream& stream = streams_[command.stream];
  if (changes(command.kind)) takeBackAround(command.stream);
  switch (command.kind) {
    case Command::Kind::open:
      return open(command);
    case Command::Kind::connect:
      return connect(stream, command.remote);
    case Command::Kind::join:
      stream.to = command.to;
      stream.toGeneration = command.to == NOBODY ? 0 : streams_[command.to].generation;
      return;
    case Command::Kind::twin:
      stream.twin = command.to;
      stream.twinGeneration = command.to == NOBODY ? 0 : streams_[command.to].generation;
      return;
    case Command::Kind::mark:
      stream.tos = command.tos;
      markPackets(stream.rtpSocket, command.tos);
      markPackets(stream.rtcpSocket, command.tos);
      return;
    case Command::Kind::sift:
      stream.sieve = command.sieve;
      return;
    case Command::Kind::watch:
      stream.silenceMs = command.silenceMs;
      stream.heardAt = monotonicMs();
      stream.silenceTold = false;
      nextCheck_ = 0;
      return;
    case Command::Kind::takeOver:
      return takeOver(command.stream, command.counted);
    case Command::Kind::close:
      return close(command.stream, stream);
    case Command::Kind::letGo:
      return letGo(command.stream, stream);
  }
}

void Worker::open(const Command& command) {
  Stream& stream = streams_[command.stream];
  const bool marked = !command.fresh && stream.tos != 0;
  stream = Stream();
  stream.open = true;
  stream.generation = command.generation;
  stream.local = command.local;
  stream.rtpSocket = command.rtpSocket;
  stream.rtcpSocket = command.rtcpSocket;
  stream.row = counters_.ofStream(command.stream);
  stream.listed = static_cast<uint32_t>(open_.size());
  open_.push_back(command.stream);
  if (marked) {
    markPackets(stream.rtpSocket, 0);
    markPackets(stream.rtcpSocket, 0);
  }
}

// RTCP is only taken from hosts that are known: whoever may be learned is learned by his RTP.
void Worker::connect(Stream& stream, const Remote& remote) {
  SourceLock::Announced rtcp = remote.rtcp;
  if (rtcp.learn == Learn::any) rtcp.learn = Learn::host;
  stream.rtp.announce(remote.rtp);
  stream.rtcp.announce(rtcp);
  if (remote.learned.known()) stream.rtp.assume(remote.learned);
  stream.rtcp.trust(stream.rtp.locked() ? stream.rtp.source() : Address());
  stream.mux = remote.mux;
  stream.raw = remote.raw;
  stream.clockRate = remote.clockRate;
  stream.events.expect(remote.eventType);
}

void Worker::close(uint32_t index, Stream& stream) {
  if (!stream.open) return;
  stream.open = false;
  stream.to = stream.twin = NOBODY;
  open_[stream.listed] = open_.back();
  streams_[open_.back()].listed = stream.listed;
  open_.pop_back();
  letGo(index, stream);
}

void Worker::letGo(uint32_t index, Stream& stream) {
  const int sockets[2] = {stream.rtpSocket, stream.rtcpSocket};
  // Forgotten first: where the sockets go, the place may be another thread's in the next moment.
  stream.rtpSocket = stream.rtcpSocket = -1;
  if (!closed_(index)) return;
  stream.rtpSocket = sockets[0];
  stream.rtcpSocket = sockets[1];
}

void Worker::watchSockets(uint32_t stream, const int sockets[2]) {
  watchSocket(sockets[0], markOf(stream, false));
  watchSocket(sockets[1], markOf(stream, true));
}

void Worker::watchSocket(int socket, uint64_t mark) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.u64 = mark;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
}

void Worker::checkSilence() {
  const int64_t now = monotonicMs();
  int64_t wait = CHECK_AT_LEAST_MS;
  for (const uint32_t index : open_) {
    Stream& stream = streams_[index];
    if (stream.silenceMs == 0) continue;
    wait = std::min(wait, std::max(stream.silenceMs / 4, CHECK_AT_MOST_MS));
    const int64_t silent = now - stream.heardAt;
    if (stream.silenceTold || silent < stream.silenceMs) continue;
    stream.silenceTold = true;
    sink_({Event::Kind::silent, index, stream.generation, {}, false, silent});
  }
  nextCheck_ = now + wait;
}

int Worker::waitMs() const {
  if (open_.empty()) return -1;
  const int64_t next = inKernel_.empty() ? nextCheck_ : std::min(nextCheck_, nextKernelRead_);
  return static_cast<int>(std::clamp<int64_t>(next - monotonicMs(), 0, CHECK_AT_LEAST_MS));
}

}  // namespace relay
