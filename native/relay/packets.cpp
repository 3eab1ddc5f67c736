// What a packet thread does with packets: whose are they, what do they say, who gets them. RFC 3550 §5 and §6, RFC 5761.
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
  if (rtcp) {
    stream.row.add(RTCP_PACKETS, 1);
    stream.row.add(RTCP_BYTES, static_cast<double>(bytes));
  } else {
    heard(stream, packet);
  }
  forward(stream, rtcp, packet);
}

void Worker::heard(Stream& stream, unsigned packet) {
  const auto bytes = static_cast<double>(batch_.bytes(packet));
  stream.heardAt = nowMicros_ / 1000;
  stream.silenceTold = false;
  total_.add(PACKETS, 1);
  total_.add(BYTES, bytes);
  stream.row.add(PACKETS, 1);
  stream.row.add(BYTES, bytes);
  stream.row.set(LAST_PACKET, static_cast<double>(wallMs()));
  if (stream.raw) return;
  stream.stats.receive(readRtp(batch_.data(packet)), nowMicros_, stream.clockRate);
  stream.row.set(LOST, static_cast<double>(stream.stats.lost()));
  stream.row.set(JITTER_MS, stream.stats.jitterMs());
  stream.row.set(SSRC, stream.stats.ssrc());
}

void Worker::forward(Stream& stream, bool rtcp, unsigned packet) {
  if (stream.to == NOBODY) return;
  Stream& to = streams_[stream.to];
  // An echo of its own reports would tell a phone about itself as about a stranger.
  if (!to.open || to.generation != stream.toGeneration || (rtcp && &to == &stream)) return;
  const bool onRtcp = rtcp && !to.mux;
  const Address& target = onRtcp ? to.rtcp.target() : to.rtp.target();
  if (!target.known()) return stream.row.add(UNSENT, 1);
  batch_.send(onRtcp ? to.rtcpSocket : to.rtpSocket, target, packet);
  to.row.add(SENT_PACKETS, 1);
  to.row.add(SENT_BYTES, static_cast<double>(batch_.bytes(packet)));
}

}  // namespace relay
