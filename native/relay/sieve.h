// What of a party's RTP goes on to whoever hears it: all of it, or no telephone events, or no sound. RFC 4733, RFC 3551 §4.5.
#pragma once
#include <cstddef>
#include <cstdint>

namespace relay {

// silence: sound is replaced where the codec has a byte that is silence, and held back where it has none.
enum class Voice : uint8_t { pass, silence, block };

struct Sieve {
  Voice voice = Voice::pass;
  bool events = true;

  // Nothing is held back.
  bool open() const { return voice == Voice::pass && events; }
  // Whether an RTP packet goes on; of one that does the sound may have been replaced. `eventType` as of `TelephoneEvents`.
  bool lets(uint8_t* packet, size_t bytes, uint8_t eventType) const;
  // Of what is not RTP.
  bool letsRaw() const { return voice != Voice::block; }
};

}  // namespace relay
