// A run of bits of a structure on the wire, read and written in network byte order. RFC 3550 §4.
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace rtp {

// `Offset` in bits from the beginning of the structure; bit 0 is the highest of the first byte. 1 to 32 bits. Compiles to a load and a shift.
template <std::size_t Offset, unsigned Bits, bool Signed = false>
struct Field {
  static_assert(Bits >= 1 && Bits <= 32);
  using Value = std::conditional_t<Signed, std::int32_t, std::uint32_t>;

  static constexpr Value get(const std::uint8_t* structure) {
    std::uint64_t window = 0;
    for (std::size_t byte = FIRST; byte <= LAST; ++byte) window = window << 8 | structure[byte];
    const auto value = static_cast<std::uint32_t>(window >> UNUSED & MASK);
    if constexpr (Signed && Bits < 32) {
      return static_cast<std::int32_t>(value << (32 - Bits)) >> (32 - Bits);
    } else {
      return static_cast<Value>(value);
    }
  }

  // Bits beyond the field's are dropped; what is beside the field stays.
  static constexpr void set(std::uint8_t* structure, Value value) {
    const std::uint64_t bits = (static_cast<std::uint64_t>(static_cast<std::uint32_t>(value)) & MASK) << UNUSED;
    const std::uint64_t mask = MASK << UNUSED;
    for (std::size_t byte = FIRST; byte <= LAST; ++byte) {
      const unsigned shift = 8 * static_cast<unsigned>(LAST - byte);
      structure[byte] = static_cast<std::uint8_t>((structure[byte] & ~(mask >> shift)) | (bits >> shift & 0xff));
    }
  }

 private:
  static constexpr std::size_t FIRST = Offset / 8;
  static constexpr std::size_t LAST = (Offset + Bits - 1) / 8;
  static constexpr unsigned UNUSED = 7 - (Offset + Bits - 1) % 8;
  static constexpr std::uint64_t MASK = (std::uint64_t{1} << Bits) - 1;
};

}  // namespace rtp
