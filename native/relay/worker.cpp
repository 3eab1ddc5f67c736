// The life of a packet thread: waiting, obeying commands, telling of silence. packets.cpp has the packets.
#include "worker.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "clock.h"
#include "sockets.h"

namespace relay {

namespace {
constexpr int READY_AT_ONCE = 256;
constexpr uint64_t WAKEUP = UINT64_MAX;
constexpr int64_t CHECK_AT_LEAST_MS = 1000;
constexpr int64_t CHECK_AT_MOST_MS = 20;

// Which socket of which stream an epoll event speaks of.
uint64_t markOf(uint32_t stream, bool rtcp) { return uint64_t{stream} << 1 | (rtcp ? 1 : 0); }
}  // namespace

Worker::Worker(Stream* streams, const Counters& counters, size_t number, EventSink sink, std::function<void(uint32_t)> closed)
    : streams_(streams),
      counters_(counters),
      total_(counters.ofThread(number)),
      sink_(std::move(sink)),
      closed_(std::move(closed)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wakeup_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  watchSocket(wakeup_, WAKEUP);
  thread_ = std::thread([this] { run(); });
}

Worker::~Worker() {
  stop();
  ::close(epoll_);
  ::close(wakeup_);
}

void Worker::tell(const Command& command) {
  if (queue_.push(command)) wake();
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  ending_ = true;
  wake();
  thread_.join();
}

void Worker::wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wakeup_, &one, sizeof one);
}

// Commands come first: who told of a new address may send from it in the same breath. What epoll then says of a stream closed in
// this round finds it closed, or finds the sockets of its next use empty.
void Worker::run() {
  epoll_event ready[READY_AT_ONCE];
  while (!ending_) {
    const int count = epoll_wait(epoll_, ready, READY_AT_ONCE, waitMs());
    for (int index = 0; index < count; ++index) {
      if (ready[index].data.u64 == WAKEUP) obey();
    }
    for (int index = 0; index < count; ++index) {
      const uint64_t mark = ready[index].data.u64;
      if (mark != WAKEUP) receive(static_cast<uint32_t>(mark >> 1), (mark & 1) != 0);
    }
    if (!open_.empty() && monotonicMs() >= nextCheck_) checkSilence();
  }
  obey();
  for (const uint32_t index : std::vector<uint32_t>(open_)) close(index, streams_[index]);
}

void Worker::obey() {
  uint64_t count;
  [[maybe_unused]] const ssize_t got = read(wakeup_, &count, sizeof count);
  queue_.take(commands_);
  for (const Command& command : commands_) obey(command);
  commands_.clear();
}

void Worker::obey(const Command& command) {
  Stream& stream = streams_[command.stream];
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
      markPackets(stream.rtpSocket, command.tos);
      markPackets(stream.rtcpSocket, command.tos);
      return;
    case Command::Kind::watch:
      stream.silenceMs = command.silenceMs;
      stream.heardAt = monotonicMs();
      stream.silenceTold = false;
      nextCheck_ = 0;
      return;
    case Command::Kind::close:
      return close(command.stream, stream);
  }
}

void Worker::open(const Command& command) {
  Stream& stream = streams_[command.stream];
  stream = Stream();
  stream.open = true;
  stream.generation = command.generation;
  stream.rtpSocket = command.rtpSocket;
  stream.rtcpSocket = command.rtcpSocket;
  stream.row = counters_.ofStream(command.stream);
  stream.listed = static_cast<uint32_t>(open_.size());
  open_.push_back(command.stream);
  watchSocket(stream.rtpSocket, markOf(command.stream, false));
  watchSocket(stream.rtcpSocket, markOf(command.stream, true));
}

// RTCP is only taken from hosts that are known: whoever may be learned is learned by his RTP.
void Worker::connect(Stream& stream, const Remote& remote) {
  SourceLock::Announced rtcp = remote.rtcp;
  if (rtcp.learn == Learn::any) rtcp.learn = Learn::host;
  stream.rtp.announce(remote.rtp);
  stream.rtcp.announce(rtcp);
  if (remote.learned.known()) stream.rtp.assume(remote.learned);
  stream.rtcp.trust(stream.rtp.locked() ? stream.rtp.target() : Address());
  stream.mux = remote.mux;
  stream.raw = remote.raw;
  stream.clockRate = remote.clockRate;
  stream.events.expect(remote.eventType);
}

void Worker::close(uint32_t index, Stream& stream) {
  if (!stream.open) return;
  ::close(stream.rtpSocket);
  ::close(stream.rtcpSocket);
  const uint32_t generation = stream.generation;
  stream.open = false;
  stream.to = stream.twin = NOBODY;
  open_[stream.listed] = open_.back();
  streams_[open_.back()].listed = stream.listed;
  open_.pop_back();
  // Told before the place is free: an event of its next use comes later.
  sink_({Event::Kind::closed, index, generation});
  closed_(index);
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
  return static_cast<int>(std::clamp<int64_t>(nextCheck_ - monotonicMs(), 0, CHECK_AT_LEAST_MS));
}

}  // namespace relay
