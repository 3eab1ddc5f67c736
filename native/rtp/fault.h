// Why bytes are no RTP, or no RTCP: the same words as in TypeScript. RFC 3550 §A.1, §A.2.
#pragma once
#include <cstdint>

namespace rtp {

enum class Fault : std::uint8_t { none, tooShort, version, rtcp, csrcs, extension, padding, firstType, firstPadding, type, length };

inline const char* wordOf(Fault fault) {
  switch (fault) {
    case Fault::none: return "";
    case Fault::tooShort: return "short";
    case Fault::version: return "version";
    case Fault::rtcp: return "rtcp";
    case Fault::csrcs: return "csrcs";
    case Fault::extension: return "extension";
    case Fault::padding: return "padding";
    case Fault::firstType: return "first-type";
    case Fault::firstPadding: return "first-padding";
    case Fault::type: return "type";
    case Fault::length: return "length";
  }
  return "";
}

}  // namespace rtp
