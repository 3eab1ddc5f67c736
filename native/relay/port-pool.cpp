// Port pairs, first in first out. RFC 3550 §11.
#include "port-pool.h"

#include <algorithm>

namespace relay {

PortPool::PortPool(uint16_t from, uint16_t to, int64_t restMs) : restMs_(restMs) {
  for (uint32_t port = (from + 1u) & ~1u; port + 1 <= to; port += 2) free_.push_back({static_cast<uint16_t>(port), 0});
  size_ = free_.size();
}

std::optional<uint16_t> PortPool::take(int64_t nowMs) {
  if (free_.empty() || free_.front().readyAt > nowMs) return std::nullopt;
  const uint16_t port = free_.front().port;
  free_.pop_front();
  return port;
}

bool PortPool::takeThat(uint16_t port) {
  const auto found = std::find_if(free_.begin(), free_.end(), [port](const Free& free) { return free.port == port; });
  if (found == free_.end()) return false;
  free_.erase(found);
  return true;
}

void PortPool::giveBack(uint16_t port, int64_t nowMs) { free_.push_back({port, nowMs + restMs_}); }

}  // namespace relay
