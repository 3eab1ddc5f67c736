// Hands out even port numbers of a range, the longest unused first, and rests a returned one. RFC 3550 §11.
// A packet of a call that ended cannot meet the next call on the same port while the port rests.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>

namespace relay {

class PortPool {
 public:
  // Both inclusive; only pairs (even, even + 1) that lie wholly inside are used.
  PortPool(uint16_t from, uint16_t to, int64_t restMs);
  // Nothing when all are in use or resting.
  std::optional<uint16_t> take(int64_t nowMs);
  // That one, whether it has rested or not. False when it is in use or not of the range.
  bool takeThat(uint16_t port);
  void giveBack(uint16_t port, int64_t nowMs);
  // Somebody else has it: try it again after all the others.
  void skip(uint16_t port) { free_.push_back({port, 0}); }
  size_t size() const { return size_; }

 private:
  struct Free {
    uint16_t port;
    int64_t readyAt;
  };
  std::deque<Free> free_;
  size_t size_;
  int64_t restMs_;
};

}  // namespace relay
