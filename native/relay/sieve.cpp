// Telephone events are not sound: they pass while that is held back. RFC 4733 §2.5, RFC 3551 §4.5.
#include "sieve.h"

#include <cstring>

#include "../rtp/packet.h"

namespace relay {

namespace {
struct Silence {
  bool known;
  uint8_t byte;
};

// Of the static payload types that have one (RFC 3551 §6): no sound in either law of G.711, and in G.722.
Silence silenceOf(uint8_t payloadType) {
  switch (payloadType) {
    case 0: return {true, 0xff};
    case 8: return {true, 0xd5};
    case 9: return {true, 0xfa};
    default: return {false, 0};
  }
}
}  // namespace

bool Sieve::lets(uint8_t* packet, size_t bytes, uint8_t eventType) const {
  const auto payloadType = static_cast<uint8_t>(rtp::RtpHeader::payloadType::get(packet));
  if (payloadType == eventType) return events;
  if (voice != Voice::silence) return voice == Voice::pass;
  const Silence silence = silenceOf(payloadType);
  rtp::Packet view;
  if (!silence.known || view.point(packet, bytes) != rtp::Fault::none) return false;
  memset(packet + view.payloadOffset(), silence.byte, view.payloadBytes());
  return true;
}

}  // namespace relay
