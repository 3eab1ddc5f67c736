// Numbers that a packet thread writes and JavaScript reads without a call: rows of doubles in one block.
// Each row has one writer; a reader sees each number whole, not the row.
#pragma once
#include <atomic>
#include <cstddef>
#include <memory>

namespace relay {

// The order is part of the interface to JavaScript (packages/rtp-relay/src/counters.ts).
enum Field : unsigned {
  PACKETS,
  BYTES,
  LOST,
  JITTER_MS,
  // Milliseconds since 1970 of the last RTP packet; 0 before the first.
  LAST_PACKET,
  RTCP_PACKETS,
  RTCP_BYTES,
  // From sources that are not the party's.
  FOREIGN,
  // Neither RTP nor RTCP, or too large.
  MALFORMED,
  // The kernel refused to send, or there was nowhere to send to.
  UNSENT,
  SSRC,
  SENT_PACKETS,
  SENT_BYTES,
  // Of the last report that was answered; 0 before the first.
  RTT_MS,
  // Telephone events that ended.
  EVENTS,
  FIELDS = 16,
};

using Number = std::atomic<double>;
static_assert(sizeof(Number) == sizeof(double) && Number::is_always_lock_free, "JavaScript reads these as doubles");

class Row {
 public:
  explicit Row(Number* at = nullptr) : at_(at) {}
  double get(Field field) const { return at_[field].load(std::memory_order_relaxed); }
  void set(Field field, double value) { at_[field].store(value, std::memory_order_relaxed); }
  void add(Field field, double more) { set(field, get(field) + more); }
  void clear() {
    for (unsigned field = 0; field < FIELDS; ++field) set(static_cast<Field>(field), 0);
  }

 private:
  Number* at_;
};

// Rows 0 to threads - 1 are the totals of each thread, then one row for each stream. Untouched rows take no memory.
class Counters {
 public:
  Counters(size_t threads, size_t streams);
  Row ofThread(size_t thread) const { return Row(block_.get() + thread * FIELDS); }
  Row ofStream(size_t stream) const { return Row(block_.get() + (threads_ + stream) * FIELDS); }
  // Outlives the engine as long as JavaScript holds it.
  std::shared_ptr<Number> block() const { return block_; }
  size_t bytes() const { return bytes_; }

 private:
  size_t threads_;
  size_t bytes_;
  std::shared_ptr<Number> block_;
};

}  // namespace relay
