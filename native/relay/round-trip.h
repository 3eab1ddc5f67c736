// How long a report takes to a party and back: sender reports that went to it, and its answers to them. RFC 3550 §6.4.1.
#pragma once
#include <cstddef>
#include <cstdint>

namespace relay {

class RoundTrip {
 public:
  // RTCP that is sent on to the party. What is not well formed says nothing.
  void sent(const uint8_t* rtcp, size_t bytes, int64_t nowMicros);
  // RTCP that came from it. True when a report block answers one of the sender reports remembered.
  bool received(const uint8_t* rtcp, size_t bytes, int64_t nowMicros);
  // Of the last answer; 0 before the first.
  double ms() const { return ms_; }

 private:
  // A party answers the last report or the one before it; several sources may share the stream.
  static constexpr unsigned REMEMBERED = 4;
  struct Sent {
    // The middle 32 bits of the NTP time, as LSR has them.
    uint32_t report = 0;
    int64_t atMicros = 0;
  };
  Sent sent_[REMEMBERED];
  unsigned next_ = 0;
  double ms_ = 0;
};

}  // namespace relay
