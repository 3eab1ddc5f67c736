// The packets of an RTCP datagram, checked all at once and read one after another, in place. RFC 3550 §6.1, §A.2, RFC 5506 §3.4.
#pragma once
#include "fault.h"
#include "layout.h"

namespace rtp {

enum class RtcpRules : std::uint8_t { compound, reducedSize };

// Points at bytes that stay somebody else's. Only what `point` said `none` to may be read.
class Compound {
 public:
  // `Fault::none` when all packets are in order, and the view is at the first; else what is wrong, and it stays where it was.
  Fault point(const std::uint8_t* data, std::size_t bytes, RtcpRules rules = RtcpRules::compound) {
    if (bytes < RtcpHeader::bytes) return Fault::tooShort;
    for (std::size_t at = 0; at < bytes; at += lengthOf(data + at)) {
      const Fault fault = faultAt(data, at, bytes);
      if (fault != Fault::none) return fault;
    }
    const auto first = RtcpHeader::type::get(data);
    if (rules == RtcpRules::compound && first != 200 && first != 201) return Fault::firstType;
    packet_ = data;
    end_ = data + bytes;
    return Fault::none;
  }

  // False, and nothing moves, at the last.
  bool next() {
    const std::uint8_t* after = packet_ + bytes();
    if (after >= end_) return false;
    packet_ = after;
    return true;
  }

  const std::uint8_t* data() const { return packet_; }
  // Of this packet, padding included.
  std::size_t bytes() const { return lengthOf(packet_); }
  std::uint8_t type() const { return static_cast<std::uint8_t>(RtcpHeader::type::get(packet_)); }
  std::uint8_t count() const { return static_cast<std::uint8_t>(RtcpHeader::count::get(packet_)); }
  std::size_t paddingBytes() const { return RtcpHeader::padding::get(packet_) ? packet_[bytes() - 1] : 0; }
  // What follows the common header, padding left out.
  const std::uint8_t* body() const { return packet_ + RtcpHeader::bytes; }
  std::size_t bodyBytes() const { return bytes() - RtcpHeader::bytes - paddingBytes(); }

  // A report block for the structure `ReportBlock`, or null where there is none.
  const std::uint8_t* reportBlock(std::size_t index) const {
    if ((type() != 200 && type() != 201) || index >= count()) return nullptr;
    const std::size_t at = 4 + (type() == 200 ? SenderInfo::bytes : 0) + index * ReportBlock::bytes;
    return at + ReportBlock::bytes > bodyBytes() ? nullptr : body() + at;
  }

 private:
  static std::size_t lengthOf(const std::uint8_t* packet) { return 4 * (std::size_t{RtcpHeader::words::get(packet)} + 1); }

  static Fault faultAt(const std::uint8_t* data, std::size_t at, std::size_t end) {
    if (end - at < RtcpHeader::bytes) return Fault::length;
    const std::uint8_t* packet = data + at;
    const std::size_t next = at + lengthOf(packet);
    const auto type = RtcpHeader::type::get(packet);
    if (RtcpHeader::version::get(packet) != 2) return Fault::version;
    if (type < 192 || type > 223) return Fault::type;
    if (next > end) return Fault::length;
    if (!RtcpHeader::padding::get(packet)) return Fault::none;
    if (next < end) return at == 0 ? Fault::firstPadding : Fault::padding;
    const std::size_t padding = data[next - 1];
    return padding > 0 && padding % 4 == 0 && padding <= next - at - RtcpHeader::bytes ? Fault::none : Fault::padding;
  }

  const std::uint8_t* packet_ = nullptr;
  const std::uint8_t* end_ = nullptr;
};

}  // namespace rtp
