// Which streams a packet thread leaves to the kernel, and what it takes back of them. fast-path.h has the kernel's side.
//
// A stream is the kernel's while it is plain RTP of a locked source whose hearer is known; every change of it, or of who hears it, takes it
// back first. What the kernel does not know for sure comes here as always: another source, which may then take over by the lock's rules,
// another SSRC, RTCP, telephone events.
#include <algorithm>

#include "clock.h"
#include "worker.h"

namespace relay {

namespace {
// After a way that the kernel cannot go.
constexpr int64_t TRY_AGAIN_MS = 5000;
// All of them are read within a second, a part every 20 ms.
constexpr size_t PARTS = 50;
}  // namespace

// After a packet of it was forwarded here.
void Worker::leaveToKernel(uint32_t index, Stream& stream) {
  if (stream.inKernel) {
    // Its source speaks as another one.
    if (stream.stats.ssrc() != stream.kernelSsrc) takeBack(index);
    return;
  }
  FastPath::Way way;
  if (stream.tryKernelAt > nowMicros_ / 1000 || !wayOf(stream, way)) return;
  way.ssrc = stream.stats.ssrc();
  way.sequence = stream.stats.highest();
  way.counted.packets = stream.before.packets + static_cast<uint64_t>(stream.row.get(PACKETS));
  way.counted.bytes = stream.before.bytes + static_cast<uint64_t>(stream.row.get(BYTES));
  if (!fastPath_->install(way)) {
    stream.tryKernelAt = nowMicros_ / 1000 + TRY_AGAIN_MS;
    return;
  }
  isKernels(index, way);
}

// An earlier process left the stream to the kernel, which has forwarded since: it goes on where that is what would be asked of it now.
// `counted` is what is known of the counts of that process: the kernel knows the rest.
void Worker::takeOver(uint32_t index, const StreamCount& counted) {
  Stream& stream = streams_[index];
  stream.before = counted;
  flow left;
  if (fastPath_ == nullptr || !stream.open || stream.inKernel || !fastPath_->read(stream.local, left)) return;
  // Only a locked source was ever left to it.
  if (!stream.rtp.locked()) stream.rtp.assume(FastPath::sourceOf(left));
  FastPath::Way way;
  const bool goesOn = wayOf(stream, way);
  way.ssrc = ntohl(left.ssrc);
  way.counted = {std::min<uint64_t>(counted.packets, left.packets), std::min<uint64_t>(counted.bytes, left.bytes)};
  if (!goesOn || !FastPath::does(left, way)) {
    fastPath_->remove(stream.local, left);
    return;
  }
  isKernels(index, way);
  credit(stream, left);
  stream.stats.follow(way.ssrc, static_cast<uint16_t>(left.sequence));
  stream.row.set(SSRC, way.ssrc);
}

// False where the kernel may not have it. What is looked into packet by packet, or may come from elsewhere at any time, is the thread's.
bool Worker::wayOf(const Stream& stream, FastPath::Way& way) const {
  if (stream.raw || stream.to == NOBODY || !stream.rtp.locked() || !stream.sieve.open() || stream.rtp.movable()) return false;
  const Stream& to = streams_[stream.to];
  if (!to.open || to.generation != stream.toGeneration || !to.rtp.target().known() || isTwin(to)) return false;
  way.local = stream.local;
  way.source = stream.rtp.source();
  way.from = to.local;
  way.to = to.rtp.target();
  way.tos = to.tos;
  way.eventType = stream.events.payloadType();
  return true;
}

void Worker::isKernels(uint32_t index, const FastPath::Way& way) {
  Stream& stream = streams_[index];
  Stream& to = streams_[stream.to];
  stream.inKernel = true;
  stream.kernelSsrc = way.ssrc;
  stream.kernel = way.counted;
  stream.kernelTo = stream.to;
  stream.nextSpeaker = to.firstSpeaker;
  to.firstSpeaker = index;
  stream.kernelPlace = static_cast<uint32_t>(inKernel_.size());
  inKernel_.push_back(index);
}

void Worker::takeBack(uint32_t index) {
  Stream& stream = streams_[index];
  if (!stream.inKernel) return;
  flow last;
  if (fastPath_->remove(stream.local, last)) credit(stream, last);
  stream.inKernel = false;
  uint32_t* at = &streams_[stream.kernelTo].firstSpeaker;
  while (*at != index) at = &streams_[*at].nextSpeaker;
  *at = stream.nextSpeaker;
  inKernel_[stream.kernelPlace] = inKernel_.back();
  streams_[inKernel_.back()].kernelPlace = stream.kernelPlace;
  inKernel_.pop_back();
}

// Before it changes: its own packets, and those that it hears.
void Worker::takeBackAround(uint32_t index) {
  if (fastPath_ == nullptr) return;
  takeBack(index);
  while (streams_[index].firstSpeaker != NOBODY) takeBack(streams_[index].firstSpeaker);
  streams_[index].tryKernelAt = 0;
}

void Worker::readKernel() {
  const size_t some = inKernel_.size() / PARTS + 1;
  for (size_t count = 0; count < some; ++count) {
    if (kernelReader_ >= inKernel_.size()) kernelReader_ = 0;
    Stream& stream = streams_[inKernel_[kernelReader_++]];
    flow now;
    if (fastPath_->read(stream.local, now)) credit(stream, now);
  }
}

// What the kernel forwarded since the last time, into the statistics of both sides.
void Worker::credit(Stream& stream, const flow& now) {
  const uint64_t packets = now.packets - stream.kernel.packets;
  const auto bytes = static_cast<double>(now.bytes - stream.kernel.bytes);
  if (packets == 0) return;
  stream.kernel.packets = now.packets;
  stream.kernel.bytes = now.bytes;
  total_.add(PACKETS, static_cast<double>(packets));
  total_.add(BYTES, bytes);
  stream.row.add(PACKETS, static_cast<double>(packets));
  stream.row.add(BYTES, bytes);
  stream.stats.elsewhere(packets, static_cast<uint16_t>(now.sequence));
  stream.row.set(LOST, static_cast<double>(stream.stats.lost()));
  const auto lastMs = static_cast<int64_t>(now.last_ns / 1000000);
  if (lastMs > stream.heardAt) {
    stream.heardAt = lastMs;
    stream.silenceTold = false;
    stream.row.set(LAST_PACKET, static_cast<double>(nowWallMs_ - (nowMicros_ / 1000 - lastMs)));
  }
  const Row to = streams_[stream.kernelTo].row;
  Row(to).add(SENT_PACKETS, static_cast<double>(packets));
  Row(to).add(SENT_BYTES, bytes);
}

}  // namespace relay
