// What a packet thread does with what its sockets bring: is it media, and whose. RFC 3550 §5 and §6, RFC 5761. passage.cpp has who gets it.
#include "clock.h"
#include "worker.h"

namespace relay {

// One packet; what else waits is told of again. Returns whether there was one.
bool Worker::receive(uint32_t index, bool onRtcp) {
  Stream& stream = streams_[index];
  if (!packet_.receive(onRtcp ? stream.rtcpSocket : stream.rtpSocket)) return false;
  // A port that rests, or waits for its next call, hears nobody.
  if (stream.open) take(index, stream, onRtcp);
  return true;
}

void Worker::take(uint32_t index, Stream& stream, bool onRtcp) {
  const size_t bytes = packet_.bytes();
  const PacketKind kind = stream.raw ? PacketKind::rtp : kindOf(packet_.data(), bytes);
  const bool rtcp = kind == PacketKind::rtcp;
  // RTCP may come to the RTP port (RFC 5761 §5.1.1), RTP never to the RTCP port.
  if (kind == PacketKind::other || packet_.truncated() || (onRtcp && !rtcp)) return stream.row.add(MALFORMED, 1);
  SourceLock& lock = onRtcp ? stream.rtcp : stream.rtp;
  // A packet of RTCP on the RTP port is believed of a known source only; it does not teach.
  if (rtcp && !onRtcp && !(lock.locked() ? packet_.from() == lock.source() : packet_.from().sameHost(lock.target()))) {
    total_.add(FOREIGN, 1);
    return stream.row.add(FOREIGN, 1);
  }
  const Verdict verdict = rtcp && !onRtcp ? Verdict::accept : lock.receive(packet_.from(), nowMicros_ / 1000);
  if (verdict == Verdict::foreign) {
    total_.add(FOREIGN, 1);
    return stream.row.add(FOREIGN, 1);
  }
  if (verdict == Verdict::learned) {
    takeBackAround(index);
    if (!onRtcp) stream.rtcp.trust(packet_.from());
    sink_({Event::Kind::learned, index, stream.generation, packet_.from(), onRtcp});
  }
  if (!rtcp) {
    total_.add(PACKETS, 1);
    total_.add(BYTES, static_cast<double>(bytes));
  }
  pass(index, rtcp);
  if (fastPath_ != nullptr && !rtcp) leaveToKernel(index, stream);
}

}  // namespace relay
