/** The arrival rate, and the pause that follows from it. */
#include "sharing.h"

#include <algorithm>

namespace udp {

uint64_t Sharing::pauseAfter(uint64_t wokeNs, uint64_t nowNs, uint32_t datagrams) {
  if (mostNs_ == 0) return 0;
  const auto memory = static_cast<double>(kMemoryNs);
  const double since = wokeNs > lastWokeNs_ ? static_cast<double>(wokeNs - lastWokeNs_) : 0;
  lastWokeNs_ = wokeNs;
  rate_ = (rate_ * memory + datagrams) / (memory + since);
  const double promised = rate_ * static_cast<double>(mostNs_);
  busy_ = promised >= (busy_ ? worth_.stop : worth_.start);
  if (!busy_ || datagrams == 0) return 0;
  const uint64_t pause = std::min(mostNs_, static_cast<uint64_t>(kEnough / rate_));
  const uint64_t spent = nowNs - wokeNs;
  return pause >= spent + kLeastNs ? pause - spent : 0;
}

}  // namespace udp
