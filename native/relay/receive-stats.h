// What one receiver knows of one RTP source: sequence numbers, loss, jitter. RFC 3550 §6.4.1, appendix A.1, A.3, A.8.
#pragma once
#include <cstdint>

#include "rtp-header.h"

namespace relay {

class ReceiveStats {
 public:
  // `arrivalMicros` is of any steady clock, `clockRate` in Hz.
  void receive(const RtpHeader& header, int64_t arrivalMicros, uint32_t clockRate);
  // From here on `ssrc` is heard, `sequence` the last that came; what was lost before is not asked.
  void follow(uint32_t ssrc, uint16_t sequence);
  // So many packets of this source were received by somebody else since, up to `sequence`: at most a few thousand.
  void elsewhere(uint64_t packets, uint16_t sequence);
  // Packets that never came, over all sources so far; duplicates make it smaller, never less than zero.
  int64_t lost() const;
  double jitterMs() const { return jitter_ * 1000.0 / clockRate_; }
  uint32_t ssrc() const { return ssrc_; }
  uint16_t highest() const { return highest_; }

 private:
  void begin(const RtpHeader& header);
  void restart(uint16_t sequence);
  void sequence(uint16_t sequence);
  void transit(const RtpHeader& header, int64_t arrivalMicros, uint32_t clockRate);
  int64_t lostNow() const;

  bool begun_ = false;
  bool transitKnown_ = false;
  uint8_t payloadType_ = 0;
  uint16_t highest_ = 0;
  uint32_t cycles_ = 0;
  uint32_t base_ = 0;
  uint32_t suspect_ = 0;
  uint32_t ssrc_ = 0;
  uint32_t clockRate_ = 8000;
  uint32_t transit_ = 0;
  int64_t received_ = 0;
  int64_t lostBefore_ = 0;
  double jitter_ = 0;
};

}  // namespace relay
