/** Decides how long a socket that was just read is left alone, so that the next wake-up brings several datagrams. Pure: time is an argument. */
#pragma once

#include <cstdint>

namespace udp {

/**
 * The policy:
 *  - The arrival rate is the number of datagrams with an exponentially fading memory of `kMemoryNs`. A few datagrams after silence are no load.
 *  - Nothing is shared until the rate promises `start` datagrams in the longest pause, nor once it promises fewer than `stop`: below that, a
 *    pause costs as many wake-ups (its timer's) as it saves.
 *  - A pause lasts no longer than it takes for `kEnough` datagrams to come, and `mostNs` at most, counted from the wake-up before: what
 *    dealing with the datagrams took is part of it. So a socket that is busy anyway is never left alone, and loses no capacity.
 *  - A pause that brought nothing is not followed by another: the next datagram is read when it comes.
 */
class Sharing {
 public:
  /** Datagrams that the longest pause must promise for sharing to begin, and to go on. */
  struct Worth {
    double start, stop;
  };

  /** Where a wake-up costs what one of the system costs: a pause has to bring two for its timer to be paid. */
  static constexpr Worth kOfSystem{2, 1.5};
  /** Where each goes through JavaScript, which costs several of those that only set a timer. */
  static constexpr Worth kOfScript{1, 0.75};

  /** `mostNs` 0: never. */
  explicit Sharing(uint64_t mostNs = 0, Worth worth = kOfSystem) : mostNs_(mostNs), worth_(worth) {}

  bool on() const { return mostNs_ > 0; }

  /** A wake-up at `wokeNs` brought `datagrams`, and they are dealt with at `nowNs`. Returns ns to leave the socket alone; 0: watch it. */
  uint64_t pauseAfter(uint64_t wokeNs, uint64_t nowNs, uint32_t datagrams);

  /** Under load, as of the last wake-up. */
  bool busy() const { return busy_; }

  /** Datagrams per ns, as estimated. */
  double rate() const { return rate_; }

  static constexpr uint64_t kMemoryNs = 5'000'000;
  static constexpr double kEnough = 32;
  /** A shorter pause is not worth its timer. */
  static constexpr uint64_t kLeastNs = 30'000;

 private:
  uint64_t mostNs_;
  Worth worth_;
  uint64_t lastWokeNs_ = 0;
  double rate_ = 0;
  bool busy_ = false;
};

}  // namespace udp
