// What the control side asks of a packet thread, and what the thread tells. Both are copied; nothing is shared.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "stream.h"

namespace relay {

struct Command {
  enum class Kind : uint8_t { open, connect, join, twin, mark, sift, watch, takeOver, close, letGo };
  Kind kind;
  uint32_t stream;
  // open
  uint32_t generation = 0;
  int rtpSocket = -1;
  int rtcpSocket = -1;
  bool fresh = true;
  Address local = {};
  // connect
  Remote remote = {};
  // join: NOBODY undoes; the stream itself is an echo
  // twin: NOBODY undoes
  uint32_t to = NOBODY;
  // mark: the byte of the IP header with the DSCP in its upper six bits (RFC 2474 §3)
  uint8_t tos = 0;
  // sift
  Sieve sieve = {};
  // watch: 0 stops it
  int64_t silenceMs = 0;
  // takeOver: by earlier processes, as far as is known
  StreamCount counted = {};
};

struct Event {
  enum class Kind : uint8_t { learned, silent, digit };
  Kind kind;
  uint32_t stream;
  uint32_t generation;
  // learned: the new source, of RTCP where `rtcp`
  Address source = {};
  bool rtcp = false;
  // silent, and how long a digit was
  int64_t forMs = 0;
  // digit: the telephone event (RFC 4733 §3.2)
  uint8_t event = 0;
};

// Called on a packet thread; must not block.
using EventSink = std::function<void(const Event&)>;

// Commands on their way to a thread. The lock is taken once per batch of commands, never for a packet.
class CommandQueue {
 public:
  // True when the queue was empty, so that the thread has to be woken.
  bool push(const Command& command) {
    const std::lock_guard<std::mutex> guard(lock_);
    waiting_.push_back(command);
    any_ = true;
    return waiting_.size() == 1;
  }
  // `into` must be empty; its memory is used again.
  void take(std::vector<Command>& into) {
    const std::lock_guard<std::mutex> guard(lock_);
    waiting_.swap(into);
    any_ = false;
  }
  // Without the lock.
  bool empty() const { return !any_; }

 private:
  std::mutex lock_;
  std::atomic<bool> any_{false};
  std::vector<Command> waiting_;
};

}  // namespace relay
