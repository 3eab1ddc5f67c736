// LSR and DLSR. RFC 3550 §6.4.1.
#include "round-trip.h"

#include "../rtp/compound.h"

namespace relay {

namespace {
constexpr uint8_t SENDER_REPORT = 200;
constexpr int64_t DELAY_UNITS_PER_SECOND = 65536;
// What takes longer is an answer to something else.
constexpr int64_t LONGEST_MICROS = 10'000'000;
}  // namespace

void RoundTrip::sent(const uint8_t* rtcp, size_t bytes, int64_t nowMicros) {
  rtp::Compound packet;
  if (packet.point(rtcp, bytes, rtp::RtcpRules::reducedSize) != rtp::Fault::none) return;
  do {
    if (packet.type() != SENDER_REPORT || packet.bodyBytes() < 4 + rtp::SenderInfo::bytes) continue;
    const uint8_t* info = packet.body() + 4;
    const uint32_t report = rtp::SenderInfo::ntpSeconds::get(info) << 16 | rtp::SenderInfo::ntpFraction::get(info) >> 16;
    if (report == 0) continue;
    sent_[next_] = {report, nowMicros};
    next_ = (next_ + 1) % REMEMBERED;
  } while (packet.next());
}

bool RoundTrip::received(const uint8_t* rtcp, size_t bytes, int64_t nowMicros) {
  rtp::Compound packet;
  if (packet.point(rtcp, bytes, rtp::RtcpRules::reducedSize) != rtp::Fault::none) return false;
  bool answered = false;
  do {
    for (size_t index = 0; const uint8_t* block = packet.reportBlock(index); ++index) {
      const uint32_t last = rtp::ReportBlock::lastSr::get(block);
      const int64_t delay = int64_t{rtp::ReportBlock::delaySinceLastSr::get(block)} * 1'000'000 / DELAY_UNITS_PER_SECOND;
      for (const Sent& sent : sent_) {
        const int64_t took = nowMicros - sent.atMicros - delay;
        if (last == 0 || sent.report != last || took < 0 || took > LONGEST_MICROS) continue;
        ms_ = static_cast<double>(took) / 1000;
        answered = true;
      }
    }
  } while (packet.next());
  return answered;
}

}  // namespace relay
