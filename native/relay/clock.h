// The two clocks of the relay: one that only goes forward, one that tells people the time.
#pragma once
#include <cstdint>
#include <ctime>

namespace relay {

inline int64_t clockMicros(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1000000 + now.tv_nsec / 1000;
}
inline int64_t monotonicMicros() { return clockMicros(CLOCK_MONOTONIC); }
inline int64_t monotonicMs() { return monotonicMicros() / 1000; }
inline int64_t wallMs() { return clockMicros(CLOCK_REALTIME) / 1000; }

}  // namespace relay
