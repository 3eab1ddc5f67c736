// Tells RTP from RTCP from anything else, and reads the fixed RTP header. RFC 3550 §5.1, RFC 5761 §4.
#pragma once
#include <cstddef>
#include <cstdint>

#include "../rtp/demultiplex.h"
#include "../rtp/layout.h"

namespace relay {

enum class PacketKind : uint8_t { rtp, rtcp, other };

struct RtpHeader {
  uint8_t payloadType;
  uint16_t sequence;
  uint32_t timestamp;
  uint32_t ssrc;
};

// Only what no encryption hides: of SRTP the padding and, perhaps, the extension are not to be read (RFC 3711 §3.1).
inline PacketKind kindOf(const uint8_t* packet, size_t bytes) {
  if (bytes < 8) return PacketKind::other;
  switch (rtp::protocolOf(packet, bytes)) {
    case rtp::Protocol::rtcp: return PacketKind::rtcp;
    case rtp::Protocol::rtp: break;
    default: return PacketKind::other;
  }
  return bytes >= rtp::RtpHeader::bytes + 4 * rtp::RtpHeader::csrcCount::get(packet) ? PacketKind::rtp : PacketKind::other;
}

// Of a packet that `kindOf` called RTP.
inline RtpHeader readRtp(const uint8_t* packet) {
  return {static_cast<uint8_t>(rtp::RtpHeader::payloadType::get(packet)), static_cast<uint16_t>(rtp::RtpHeader::sequence::get(packet)),
          rtp::RtpHeader::timestamp::get(packet), rtp::RtpHeader::ssrc::get(packet)};
}

}  // namespace relay
