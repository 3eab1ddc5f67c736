// What of a party goes on: events without sound, sound without events, silence in the place of sound. RFC 4733, RFC 3551 §4.5, §6.
#include "relay/sieve.h"

#include <algorithm>
#include <vector>

#include "relay_check.h"

using relay::Sieve;
using relay::Voice;

namespace {

constexpr uint8_t EVENTS = 101;
constexpr size_t HEADER = 12;

std::vector<uint8_t> packet(uint8_t payloadType, uint8_t first = 0x80, size_t bytes = HEADER + 160) {
  std::vector<uint8_t> made(bytes, 0x11);
  made[0] = first;
  made[1] = payloadType;
  return made;
}

bool lets(const Sieve& sieve, std::vector<uint8_t>& made) { return sieve.lets(made.data(), made.size(), EVENTS); }
bool lets(const Sieve& sieve, uint8_t payloadType) {
  std::vector<uint8_t> made = packet(payloadType);
  return lets(sieve, made);
}

bool all(const std::vector<uint8_t>& made, size_t from, size_t to, uint8_t byte) {
  return std::all_of(made.begin() + long(from), made.begin() + long(to), [byte](uint8_t one) { return one == byte; });
}

void blocks() {
  check(Sieve().open(), "at first everything passes");
  const Sieve sound = {Voice::block, true};
  check(!lets(sound, 8) && !lets(sound, 96), "blocked: no sound");
  check(lets(sound, EVENTS), "blocked: telephone events pass");
  check(!sound.letsRaw() && (Sieve{Voice::silence, false}.letsRaw()), "blocked: nor what is no RTP");
  const Sieve events = {Voice::pass, false};
  check(lets(events, 8) && !lets(events, EVENTS), "no events: sound passes, events do not");
  check(!events.open() && !sound.open(), "either is looked into");
}

void silences() {
  const Sieve silent = {Voice::silence, true};
  const struct {
    uint8_t payloadType, byte;
  } codecs[] = {{0, 0xff}, {8, 0xd5}, {9, 0xfa}, {10, 0}, {11, 0}};
  for (const auto& codec : codecs) {
    std::vector<uint8_t> made = packet(codec.payloadType);
    check(lets(silent, made) && all(made, HEADER, made.size(), codec.byte), "silence of each codec that has some");
    const std::vector<uint8_t> before = packet(codec.payloadType);
    check(std::equal(made.begin(), made.begin() + HEADER, before.begin()), "the header is untouched");
  }
  const Sieve dynamic = {Voice::silence, true, {{{97, 0xd5}, {98, 0xff}, {8, 0x55}}}};
  for (const auto& [payloadType, byte] : {std::pair<uint8_t, uint8_t>{97, 0xd5}, {98, 0xff}, {8, 0x55}, {0, 0xff}}) {
    std::vector<uint8_t> made = packet(payloadType);
    check(lets(dynamic, made) && all(made, HEADER, made.size(), byte), "silence of a number that the SDP gives a codec with some");
  }
  check(!lets(dynamic, 96), "and of no other");
  check(!lets(silent, 96) && !lets(silent, 13), "sound without silence is held back");
  check(lets(silent, EVENTS), "events pass");
  check(!lets({Voice::silence, false}, EVENTS), "unless they are blocked too");
}

void layouts() {
  const Sieve silent = {Voice::silence, true};
  std::vector<uint8_t> padded = packet(8, 0xa0);
  padded.back() = 4;
  check(lets(silent, padded) && all(padded, HEADER, padded.size() - 4, 0xd5) && padded.back() == 4, "padding stays");
  std::vector<uint8_t> extended = packet(8, 0x91);
  extended[HEADER + 4 + 2] = 0;
  extended[HEADER + 4 + 3] = 1;
  check(lets(silent, extended) && all(extended, HEADER, HEADER + 4, 0x11) && all(extended, HEADER + 12, extended.size(), 0xd5),
        "contributors and extension stay");
  std::vector<uint8_t> empty = packet(8, 0x80, HEADER);
  check(lets(silent, empty), "a packet without sound");
  std::vector<uint8_t> broken = packet(8, 0xa0);
  broken.back() = 200;
  check(!lets(silent, broken), "what cannot be read is held back");
}

}  // namespace

int main() {
  blocks();
  silences();
  layouts();
  return failures > 0;
}
