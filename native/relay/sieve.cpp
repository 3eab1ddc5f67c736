// Telephone events are not sound: they pass while that is held back. RFC 4733 §2.5, RFC 3551 §4.5.
#include "sieve.h"

#include <cstring>

#include "../rtp/packet.h"

namespace relay {

// Of the static payload types that have one (RFC 3551 §6): no sound in either law of G.711, in G.722, and in L16.
uint8_t Sieve::silenceOf(uint8_t payloadType, bool& known) const {
  known = true;
  for (const Silence& one : silences) {
    if (one.payloadType == payloadType) return one.byte;
  }
  switch (payloadType) {
    case 0: return 0xff;
    case 8: return 0xd5;
    case 9: return 0xfa;
    case 10:
    case 11: return 0;
    default: known = false; return 0;
  }
}

bool Sieve::lets(uint8_t* packet, size_t bytes, uint8_t eventType) const {
  const auto payloadType = static_cast<uint8_t>(rtp::RtpHeader::payloadType::get(packet));
  if (payloadType == eventType) return events;
  if (voice != Voice::silence) return voice == Voice::pass;
  bool known = false;
  const uint8_t silence = silenceOf(payloadType, known);
  rtp::Packet view;
  if (!known || view.point(packet, bytes) != rtp::Fault::none) return false;
  memset(packet + view.payloadOffset(), silence, view.payloadBytes());
  return true;
}

}  // namespace relay
