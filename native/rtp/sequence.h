// Arithmetic of numbers that go round: sequence numbers of 16 bits, timestamps of 32. RFC 3550 §A.1, §5.1.
#pragma once
#include <cstdint>

namespace rtp {

// Steps from `from` to `to`, the short way round.
inline std::int16_t sequenceDistance(std::uint16_t from, std::uint16_t to) { return static_cast<std::int16_t>(static_cast<std::uint16_t>(to - from)); }

// Without wrap: the number nearest to `near` that ends in these 16 bits.
inline std::int64_t extendSequence(std::int64_t near, std::uint16_t sequence) {
  return near + sequenceDistance(static_cast<std::uint16_t>(near), sequence);
}

// Units from `from` to `to`, the short way round.
inline std::int32_t timestampDistance(std::uint32_t from, std::uint32_t to) { return static_cast<std::int32_t>(to - from); }

}  // namespace rtp
