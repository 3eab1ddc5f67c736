// What a packet thread does with what its sockets bring: is it media, and whose. RFC 3550 §5 and §6, RFC 5761. passage.cpp has who gets it.
#include "clock.h"
#include "worker.h"

namespace relay {

// Packets of one socket mostly go to one other socket, so a batch in is a batch out.
void Worker::receive(uint32_t index, bool onRtcp) {
  Stream& stream = streams_[index];
  if (!stream.open) return;
  const unsigned count = batch_.receive(onRtcp ? stream.rtcpSocket : stream.rtpSocket);
  if (count == 0) return;
  nowMicros_ = monotonicMicros();
  for (unsigned packet = 0; packet < count; ++packet) take(index, stream, onRtcp, packet);
  batch_.flush();
  const unsigned failed = batch_.failed();
  if (failed > 0) stream.row.add(UNSENT, failed);
}

void Worker::take(uint32_t index, Stream& stream, bool onRtcp, unsigned packet) {
  const size_t bytes = batch_.bytes(packet);
  const PacketKind kind = stream.raw ? PacketKind::rtp : kindOf(batch_.data(packet), bytes);
  const bool rtcp = kind == PacketKind::rtcp;
  // RTCP may come to the RTP port (RFC 5761 §5.1.1), RTP never to the RTCP port.
  if (kind == PacketKind::other || batch_.truncated(packet) || (onRtcp && !rtcp)) return stream.row.add(MALFORMED, 1);
  SourceLock& lock = onRtcp ? stream.rtcp : stream.rtp;
  // A packet of RTCP on the RTP port is believed of a known source only; it does not teach.
  if (rtcp && !onRtcp && !(lock.locked() ? batch_.from(packet) == lock.target() : batch_.from(packet).sameHost(lock.target()))) {
    total_.add(FOREIGN, 1);
    return stream.row.add(FOREIGN, 1);
  }
  const Verdict verdict = rtcp && !onRtcp ? Verdict::accept : lock.receive(batch_.from(packet), nowMicros_ / 1000);
  if (verdict == Verdict::foreign) {
    total_.add(FOREIGN, 1);
    return stream.row.add(FOREIGN, 1);
  }
  if (verdict == Verdict::learned) {
    if (!onRtcp) stream.rtcp.trust(batch_.from(packet));
    sink_({Event::Kind::learned, index, stream.generation, batch_.from(packet), onRtcp});
  }
  if (!rtcp) {
    total_.add(PACKETS, 1);
    total_.add(BYTES, static_cast<double>(bytes));
  }
  pass(index, rtcp, packet);
}

}  // namespace relay
