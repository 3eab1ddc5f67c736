// Tells RTP from RTCP from anything else, and reads the fixed RTP header. RFC 3550 §5.1, RFC 5761 §4.
#pragma once
#include <cstddef>
#include <cstdint>

namespace relay {

enum class PacketKind : uint8_t { rtp, rtcp, other };

struct RtpHeader {
  uint8_t payloadType;
  uint16_t sequence;
  uint32_t timestamp;
  uint32_t ssrc;
};

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |V=2|P|X|  CC   |M|     PT      |       sequence number         |
// |                           timestamp                           |
// |                             SSRC                              |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// RTCP has 192 to 223 where RTP has M and PT, so payload types 64 to 95 are not used with it.
inline PacketKind kindOf(const uint8_t* packet, size_t bytes) {
  if (bytes < 8 || packet[0] >> 6 != 2) return PacketKind::other;
  if (packet[1] >= 192 && packet[1] <= 223) return PacketKind::rtcp;
  const size_t contributors = packet[0] & 0x0f;
  return bytes >= 12 + 4 * contributors ? PacketKind::rtp : PacketKind::other;
}

inline uint32_t bigEndian32(const uint8_t* at) {
  return uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | at[3];
}

// Of a packet that `kindOf` called RTP.
inline RtpHeader readRtp(const uint8_t* packet) {
  return {static_cast<uint8_t>(packet[1] & 0x7f), static_cast<uint16_t>(packet[2] << 8 | packet[3]), bigEndian32(packet + 4),
          bigEndian32(packet + 8)};
}

}  // namespace relay
