// From who spoke to who hears, through as many sessions of this relay as lie between them, without the kernel. RFC 3550 §5, §6.
//
// Two streams are twins when each is the party of the other: what is sent from one comes in at the other. A packet on its way to a
// twin is counted as sent there and as received here, and goes on at once: it costs one receive and one send however long the way is.
#include "clock.h"
#include "worker.h"

namespace relay {

namespace {
// The control side joins no circles; this is for the day it does.
constexpr unsigned MOST_SESSIONS = 8;
}  // namespace

void Worker::pass(uint32_t index, bool rtcp) {
  for (unsigned session = 0; session < MOST_SESSIONS; ++session) {
    Stream& stream = streams_[index];
    arrive(index, stream, rtcp);
    if (stream.to == NOBODY || (!rtcp && !sift(stream))) return;
    Stream& to = streams_[stream.to];
    // An echo of its own reports would tell a phone about itself as about a stranger.
    if (!to.open || to.generation != stream.toGeneration || (rtcp && &to == &stream)) return;
    if (!isTwin(to)) return leave(stream, to, rtcp);
    count(to, rtcp);
    index = to.twin;
  }
}

// Counted and told of before: what is held back is not lost on us.
bool Worker::sift(const Stream& stream) {
  if (stream.sieve.open()) return true;
  return stream.raw ? stream.sieve.letsRaw() : stream.sieve.lets(packet_.data(), packet_.bytes(), stream.events.payloadType());
}

bool Worker::isTwin(const Stream& stream) const {
  return stream.twin != NOBODY && streams_[stream.twin].open && streams_[stream.twin].generation == stream.twinGeneration;
}

void Worker::arrive(uint32_t index, Stream& stream, bool rtcp) {
  if (!rtcp) return heard(index, stream);
  stream.row.add(RTCP_PACKETS, 1);
  stream.row.add(RTCP_BYTES, static_cast<double>(packet_.bytes()));
  if (stream.roundTrip.received(packet_.data(), packet_.bytes(), nowMicros_)) stream.row.set(RTT_MS, stream.roundTrip.ms());
}

void Worker::heard(uint32_t index, Stream& stream) {
  stream.heardAt = nowMicros_ / 1000;
  stream.silenceTold = false;
  stream.row.add(PACKETS, 1);
  stream.row.add(BYTES, static_cast<double>(packet_.bytes()));
  stream.row.set(LAST_PACKET, static_cast<double>(nowWallMs_));
  if (stream.raw) return;
  stream.stats.receive(readRtp(packet_.data()), nowMicros_, stream.clockRate);
  stream.row.set(LOST, static_cast<double>(stream.stats.lost()));
  stream.row.set(JITTER_MS, stream.stats.jitterMs());
  stream.row.set(SSRC, stream.stats.ssrc());
  const TelephoneEvents::Ended event = stream.events.receive(packet_.data(), packet_.bytes());
  if (!event.is) return;
  stream.row.add(EVENTS, 1);
  sink_({Event::Kind::digit, index, stream.generation, {}, false, int64_t{event.duration} * 1000 / stream.clockRate, event.event});
}

void Worker::leave(Stream& stream, Stream& to, bool rtcp) {
  const bool onRtcp = rtcp && !to.mux;
  const Address& target = onRtcp ? to.rtcp.target() : to.rtp.target();
  if (!target.known()) return stream.row.add(UNSENT, 1);
  if (!packet_.send(onRtcp ? to.rtcpSocket : to.rtpSocket, target)) return stream.row.add(UNSENT, 1);
  count(to, rtcp);
}

void Worker::count(Stream& to, bool rtcp) {
  to.row.add(SENT_PACKETS, 1);
  to.row.add(SENT_BYTES, static_cast<double>(packet_.bytes()));
  if (rtcp) to.roundTrip.sent(packet_.data(), packet_.bytes(), nowMicros_);
}

}  // namespace relay
