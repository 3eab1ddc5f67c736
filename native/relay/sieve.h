// What of a party's RTP goes on to whoever hears it: all of it, or no telephone events, or no sound. RFC 4733, RFC 3551 §4.5.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace relay {

// silence: sound is replaced where the codec has a byte that is silence, and held back where it has none.
enum class Voice : uint8_t { pass, silence, block };

// A payload type of a stream's own SDP whose sound can be silence, and the byte that is silence in it.
struct Silence {
  static constexpr uint8_t NONE = 255;
  uint8_t payloadType = NONE;
  uint8_t byte = 0;
};

struct Sieve {
  static constexpr size_t MOST_SILENCES = 4;
  Voice voice = Voice::pass;
  bool events = true;
  // They win over the static payload types (RFC 3551 §6).
  std::array<Silence, MOST_SILENCES> silences = {};

  // Nothing is held back.
  bool open() const { return voice == Voice::pass && events; }
  // Whether an RTP packet goes on; of one that does the sound may have been replaced. `eventType` as of `TelephoneEvents`.
  bool lets(uint8_t* packet, size_t bytes, uint8_t eventType) const;
  // `known`: whether there is silence in that payload type.
  uint8_t silenceOf(uint8_t payloadType, bool& known) const;
  // Of what is not RTP.
  bool letsRaw() const { return voice != Voice::block; }
};

}  // namespace relay
