/** The policy of shared wake-ups on a simulated clock: arrivals at a rate, a socket that is read when it may be. */
#include <cstdio>
#include <random>

#include "udp/sharing.h"

namespace {

int failures = 0;

void check(bool holds, const char* sentence) {
  if (holds) return;
  failures++;
  std::fprintf(stderr, "  not so: %s\n", sentence);
}

constexpr uint64_t kUs = 1000, kMs = 1'000'000, kS = 1'000'000'000;

struct Outcome {
  uint64_t wakeUps = 0, datagrams = 0, longestNs = 0, firstPauseNs = 0;
  double meanWaitNs = 0;
  double perWakeUp() const { return static_cast<double>(datagrams) / static_cast<double>(wakeUps); }
};

/** `perSecond` datagrams at random for `forNs`, each dealt with in `workNs`. */
Outcome simulate(udp::Sharing& sharing, double perSecond, uint64_t forNs, uint64_t workNs = 5 * kUs, uint64_t from = kS) {
  std::mt19937_64 random(7);
  std::exponential_distribution<double> gap(perSecond / 1e9);
  Outcome outcome;
  double next = static_cast<double>(from) + gap(random), waited = 0;
  uint64_t now = from, pause = 0;
  while (now < from + forNs) {
    // Watched, it wakes with the datagram; left alone, when the pause ends.
    now = pause > 0 ? now + pause : std::max(now, static_cast<uint64_t>(next) + 1);
    const uint64_t woke = now;
    uint32_t count = 0;
    for (; next <= static_cast<double>(woke); next += gap(random), count++) {
      const auto wait = static_cast<double>(woke) - next;
      waited += wait;
      outcome.longestNs = std::max(outcome.longestNs, static_cast<uint64_t>(wait));
    }
    now += count * workNs;
    outcome.wakeUps++, outcome.datagrams += count;
    pause = sharing.pauseAfter(woke, now, count);
    if (pause > 0 && outcome.firstPauseNs == 0) outcome.firstPauseNs = now - from;
  }
  outcome.meanWaitNs = waited / static_cast<double>(outcome.datagrams);
  return outcome;
}

void idle() {
  udp::Sharing sharing(250 * kUs);
  for (uint64_t at = kS; at < 2 * kS; at += 20 * kMs) check(sharing.pauseAfter(at, at + kUs, 1) == 0, "a datagram now and then is never waited for");
  check(sharing.pauseAfter(3 * kS, 3 * kS + kUs, 12) == 0, "nor a handful after silence");
  udp::Sharing quiet(250 * kUs);
  check(simulate(quiet, 2000, kS).firstPauseNs == 0, "2000/s promise half a datagram in 250 us: nothing is shared");
}

void loaded() {
  udp::Sharing sharing(250 * kUs);
  const Outcome at30 = simulate(sharing, 30'000, kS);
  check(at30.firstPauseNs > 0 && at30.firstPauseNs < 10 * kMs, "load is noticed within 10 ms");
  check(at30.perWakeUp() > 6, "at 30,000/s a wake-up brings more than 6 datagrams");
  // What comes while the last ones are dealt with waits for them, with or without a pause.
  check(at30.longestNs < 450 * kUs, "none waits longer than the longest pause and the work before it");
  udp::Sharing slower(250 * kUs);
  const Outcome at12 = simulate(slower, 12'000, kS);
  check(at12.perWakeUp() > 1.8, "at 12,000/s nearly half of the wake-ups are saved");
  check(at12.meanWaitNs < 150.0 * kUs, "and the mean wait is below 150 us");
  udp::Sharing off(0);
  check(!off.on() && simulate(off, 30'000, kS).firstPauseNs == 0, "0 is off");
}

void enough() {
  udp::Sharing sharing(250 * kUs);
  const Outcome outcome = simulate(sharing, 400'000, kS / 10, 0);
  check(outcome.meanWaitNs < 60.0 * kUs, "at 400,000/s a pause ends when a batch is together");
}

void busy() {
  udp::Sharing sharing(250 * kUs);
  uint64_t at = kS;
  for (int i = 0; i < 1000; i++, at += 300 * kUs) check(sharing.pauseAfter(at, at + 240 * kUs, 24) == 0, "who is busy for the whole pause takes none");
  check(sharing.pauseAfter(at, at + 100 * kUs, 24) == 150 * kUs, "what the work took is part of the pause");
}

void afterwards() {
  udp::Sharing sharing(250 * kUs);
  uint64_t at = kS;
  for (int i = 0; i < 100; i++, at += 250 * kUs) sharing.pauseAfter(at, at + 10 * kUs, 8);
  check(sharing.pauseAfter(at, at + 10 * kUs, 8) > 0 && sharing.busy(), "under load it pauses, and says that it is busy");
  check(sharing.pauseAfter(at + 250 * kUs, at + 251 * kUs, 0) == 0, "a pause that brought nothing is the last");
  check(sharing.pauseAfter(at + 100 * kMs, at + 100 * kMs + kUs, 1) == 0 && !sharing.busy(), "a tenth of a second later it is idle");
}

/** One datagram each `gapNs`; returns how many of them were followed by a pause. */
int regularly(udp::Sharing& sharing, uint64_t& at, uint64_t gapNs, int count) {
  int pauses = 0;
  for (int i = 0; i < count; i++, at += gapNs) pauses += sharing.pauseAfter(at, at + kUs, 1) > 0;
  return pauses;
}

void thresholds() {
  udp::Sharing sharing(250 * kUs);
  uint64_t at = kS;
  check(regularly(sharing, at, 143 * kUs, 400) == 0, "7000/s promise 1.75: too few to begin with");
  check(regularly(sharing, at, 100 * kUs, 400) > 200, "10,000/s promise 2.5");
  check(regularly(sharing, at, 143 * kUs, 400) == 400, "back at 7000/s it goes on as it was");
  regularly(sharing, at, 200 * kUs, 400);
  check(regularly(sharing, at, 200 * kUs, 400) == 0, "at 5000/s it is over");
}

void worthOfScript() {
  udp::Sharing sharing(250 * kUs, udp::Sharing::kOfScript);
  uint64_t at = kS;
  check(regularly(sharing, at, 300 * kUs, 400) == 0, "3300/s promise 0.8: too few to begin with, whatever a wake-up costs");
  check(regularly(sharing, at, 143 * kUs, 400) > 300, "7000/s promise 1.75: enough where each goes through JavaScript");
  check(regularly(sharing, at, 300 * kUs, 400) == 400, "back at 3300/s it goes on as it was");
  regularly(sharing, at, 400 * kUs, 400);
  check(regularly(sharing, at, 400 * kUs, 400) == 0, "at 2500/s it is over");
}

void clocks() {
  udp::Sharing sharing(250 * kUs);
  for (int i = 0; i < 100; i++) sharing.pauseAfter(kS, kS, 64);
  check(sharing.rate() > 0 && sharing.rate() < 1, "a clock that stands still is no infinite rate");
  check(sharing.pauseAfter(kS - kMs, kS - kMs, 64) <= 250 * kUs, "nor does one that steps back harm");
}

}  // namespace

int main() {
  idle(), loaded(), enough(), busy(), afterwards(), thresholds(), worthOfScript(), clocks();
  return failures == 0 ? 0 : 1;
}
