// What came in on a port that several protocols share, by its first two bytes. RFC 7983 §7, RFC 5761 §4.
#pragma once
#include <cstddef>
#include <cstdint>

namespace rtp {

enum class Protocol : std::uint8_t { unknown, rtp, rtcp, stun, zrtp, dtls, turn };

inline Protocol protocolOf(const std::uint8_t* data, std::size_t bytes) {
  if (bytes < 1) return Protocol::unknown;
  const std::uint8_t first = data[0];
  if (first >= 128 && first <= 191) {
    if (bytes < 2) return Protocol::unknown;
    return data[1] >= 192 && data[1] <= 223 ? Protocol::rtcp : Protocol::rtp;
  }
  if (first <= 3) return Protocol::stun;
  if (first >= 20 && first <= 63) return Protocol::dtls;
  if (first >= 16 && first <= 19) return Protocol::zrtp;
  return first >= 64 && first <= 79 ? Protocol::turn : Protocol::unknown;
}

}  // namespace rtp
