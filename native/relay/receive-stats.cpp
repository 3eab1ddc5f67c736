// Sequence numbers, loss and jitter of one source. RFC 3550 appendix A.1, A.3, A.8.
#include "receive-stats.h"

namespace relay {

namespace {
// A jump of up to a minute at 50 packets/s is loss; more is another stream (RFC 3550 appendix A.1).
constexpr uint16_t MAX_DROPOUT = 3000;
constexpr uint16_t MAX_MISORDER = 100;
constexpr uint32_t SEQUENCES = 1 << 16;
constexpr uint32_t NO_SUSPECT = SEQUENCES + 1;
}  // namespace

void ReceiveStats::receive(const RtpHeader& header, int64_t arrivalMicros, uint32_t clockRate) {
  if (!begun_ || header.ssrc != ssrc_) begin(header);
  sequence(header.sequence);
  transit(header, arrivalMicros, clockRate);
}

void ReceiveStats::follow(uint32_t ssrc, uint16_t sequence) {
  ssrc_ = ssrc;
  restart(sequence);
  received_ = 1;
}

void ReceiveStats::elsewhere(uint64_t packets, uint16_t sequence) {
  const uint16_t ahead = static_cast<uint16_t>(sequence - highest_);
  received_ += static_cast<int64_t>(packets);
  if (ahead >= SEQUENCES / 2) return;
  if (sequence < highest_) cycles_ += SEQUENCES;
  highest_ = sequence;
}

int64_t ReceiveStats::lost() const { return lostBefore_ + lostNow(); }

void ReceiveStats::begin(const RtpHeader& header) {
  ssrc_ = header.ssrc;
  restart(header.sequence);
  transitKnown_ = false;
  jitter_ = 0;
}

// What the earlier source lost stays counted.
void ReceiveStats::restart(uint16_t sequence) {
  if (begun_) lostBefore_ += lostNow();
  begun_ = true;
  highest_ = sequence;
  base_ = sequence;
  cycles_ = 0;
  suspect_ = NO_SUSPECT;
  received_ = 0;
}

void ReceiveStats::sequence(uint16_t sequence) {
  const uint16_t ahead = static_cast<uint16_t>(sequence - highest_);
  if (ahead < MAX_DROPOUT) {
    if (sequence < highest_) cycles_ += SEQUENCES;
    highest_ = sequence;
  } else if (ahead <= SEQUENCES - MAX_MISORDER) {
    if (sequence != suspect_) {
      suspect_ = (sequence + 1u) & (SEQUENCES - 1);
      return;
    }
    // Two in a row after the jump: the other side started anew without telling. The first of them counts too.
    restart(static_cast<uint16_t>(sequence - 1));
    highest_ = sequence;
    if (sequence == 0) cycles_ = SEQUENCES;
    received_ = 1;
  }
  ++received_;
}

int64_t ReceiveStats::lostNow() const {
  const int64_t expected = int64_t{cycles_} + highest_ - base_ + 1;
  return expected > received_ ? expected - received_ : 0;
}

// The sampling clock differs by payload type (RFC 3551 §4.1), so a change of type measures nothing.
void ReceiveStats::transit(const RtpHeader& header, int64_t arrivalMicros, uint32_t clockRate) {
  const auto arrival = static_cast<uint32_t>(arrivalMicros * clockRate / 1000000);
  const uint32_t transit = arrival - header.timestamp;
  if (transitKnown_ && header.payloadType == payloadType_ && clockRate == clockRate_) {
    const auto difference = static_cast<int32_t>(transit - transit_);
    const double magnitude = difference < 0 ? -static_cast<double>(difference) : difference;
    jitter_ += (magnitude - jitter_) / 16;
  }
  transitKnown_ = true;
  transit_ = transit;
  payloadType_ = header.payloadType;
  clockRate_ = clockRate;
}

}  // namespace relay
