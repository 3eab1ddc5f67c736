// Every fixed structure of RTP and RTCP, from the tables in packages/rtp-packet/src/layout, made by `npx vitest run packages/rtp-packet/test/cpp.test.ts -u`; do not edit.
#pragma once
#include "field.h"

namespace rtp {

// RFC 3550 §5.1
struct RtpHeader {
  static constexpr std::size_t bytes = 12;
  using version = Field<0, 2>;
  using padding = Field<2, 1>;
  using extension = Field<3, 1>;
  using csrcCount = Field<4, 4>;
  using marker = Field<8, 1>;
  using payloadType = Field<9, 7>;
  using sequence = Field<16, 16>;
  using timestamp = Field<32, 32>;
  using ssrc = Field<64, 32>;
};

// RFC 3550 §5.3.1
struct RtpExtension {
  static constexpr std::size_t bytes = 4;
  using profile = Field<0, 16>;
  using words = Field<16, 16>;
};

// RFC 8285 §4.2
struct OneByteElement {
  static constexpr std::size_t bytes = 1;
  using id = Field<0, 4>;
  using lengthMinusOne = Field<4, 4>;
};

// RFC 8285 §4.3
struct TwoByteElement {
  static constexpr std::size_t bytes = 2;
  using id = Field<0, 8>;
  using length = Field<8, 8>;
};

// RFC 4733 §2.3
struct TelephoneEvent {
  static constexpr std::size_t bytes = 4;
  using event = Field<0, 8>;
  using end = Field<8, 1>;
  using volume = Field<10, 6>;
  using duration = Field<16, 16>;
};

// RFC 3550 §6.4.1
struct RtcpHeader {
  static constexpr std::size_t bytes = 4;
  using version = Field<0, 2>;
  using padding = Field<2, 1>;
  using count = Field<3, 5>;
  using type = Field<8, 8>;
  using words = Field<16, 16>;
};

// RFC 3550 §6.4.1
struct SenderInfo {
  static constexpr std::size_t bytes = 20;
  using ntpSeconds = Field<0, 32>;
  using ntpFraction = Field<32, 32>;
  using rtpTimestamp = Field<64, 32>;
  using packetCount = Field<96, 32>;
  using octetCount = Field<128, 32>;
};

// RFC 3550 §6.4.1
struct ReportBlock {
  static constexpr std::size_t bytes = 24;
  using ssrc = Field<0, 32>;
  using fractionLost = Field<32, 8>;
  using cumulativeLost = Field<40, 24, true>;
  using highestSequence = Field<64, 32>;
  using jitter = Field<96, 32>;
  using lastSr = Field<128, 32>;
  using delaySinceLastSr = Field<160, 32>;
};

// RFC 4585 §6.1
struct FeedbackSources {
  static constexpr std::size_t bytes = 8;
  using ssrc = Field<0, 32>;
  using mediaSsrc = Field<32, 32>;
};

// RFC 4585 §6.2.1
struct NackEntry {
  static constexpr std::size_t bytes = 4;
  using packetId = Field<0, 16>;
  using bitmask = Field<16, 16>;
};

// RFC 4585 §6.3.2
struct SliEntry {
  static constexpr std::size_t bytes = 4;
  using first = Field<0, 13>;
  using number = Field<13, 13>;
  using pictureId = Field<26, 6>;
};

// RFC 4585 §6.3.3
struct RpsiHeader {
  static constexpr std::size_t bytes = 2;
  using paddingBits = Field<0, 8>;
  using payloadType = Field<9, 7>;
};

// RFC 5104 §4.3.1.1
struct FirEntry {
  static constexpr std::size_t bytes = 8;
  using ssrc = Field<0, 32>;
  using sequence = Field<32, 8>;
};

// RFC 5104 §4.2.1.1
struct TmmbEntry {
  static constexpr std::size_t bytes = 8;
  using ssrc = Field<0, 32>;
  using exponent = Field<32, 6>;
  using mantissa = Field<38, 17>;
  using overhead = Field<55, 9>;
};

// draft-alvestrand-rmcat-remb-03 §2.2
struct RembHeader {
  static constexpr std::size_t bytes = 8;
  using identifier = Field<0, 32>;
  using sources = Field<32, 8>;
  using exponent = Field<40, 6>;
  using mantissa = Field<46, 18>;
};

// RFC 3611 §3
struct XrHeader {
  static constexpr std::size_t bytes = 4;
  using type = Field<0, 8>;
  using specific = Field<8, 8>;
  using words = Field<16, 16>;
};

// RFC 3611 §4.1
struct XrRange {
  static constexpr std::size_t bytes = 8;
  using ssrc = Field<0, 32>;
  using begin = Field<32, 16>;
  using end = Field<48, 16>;
};

// RFC 3611 §4.4
struct XrReferenceTime {
  static constexpr std::size_t bytes = 8;
  using ntpSeconds = Field<0, 32>;
  using ntpFraction = Field<32, 32>;
};

// RFC 3611 §4.5
struct DlrrEntry {
  static constexpr std::size_t bytes = 12;
  using ssrc = Field<0, 32>;
  using lastRr = Field<32, 32>;
  using delaySinceLastRr = Field<64, 32>;
};

// RFC 3611 §4.6
struct SummaryFlags {
  static constexpr std::size_t bytes = 1;
  using hasLost = Field<0, 1>;
  using hasDuplicates = Field<1, 1>;
  using hasJitter = Field<2, 1>;
  using ttlKind = Field<3, 2>;
};

// RFC 3611 §4.6
struct StatisticsSummary {
  static constexpr std::size_t bytes = 36;
  using ssrc = Field<0, 32>;
  using begin = Field<32, 16>;
  using end = Field<48, 16>;
  using lost = Field<64, 32>;
  using duplicates = Field<96, 32>;
  using minJitter = Field<128, 32>;
  using maxJitter = Field<160, 32>;
  using meanJitter = Field<192, 32>;
  using deviationJitter = Field<224, 32>;
  using minTtl = Field<256, 8>;
  using maxTtl = Field<264, 8>;
  using meanTtl = Field<272, 8>;
  using deviationTtl = Field<280, 8>;
};

// RFC 3611 §4.7
struct VoipMetrics {
  static constexpr std::size_t bytes = 32;
  using ssrc = Field<0, 32>;
  using lossRate = Field<32, 8>;
  using discardRate = Field<40, 8>;
  using burstDensity = Field<48, 8>;
  using gapDensity = Field<56, 8>;
  using burstDuration = Field<64, 16>;
  using gapDuration = Field<80, 16>;
  using roundTripDelay = Field<96, 16>;
  using endSystemDelay = Field<112, 16>;
  using signalLevel = Field<128, 8, true>;
  using noiseLevel = Field<136, 8, true>;
  using rerl = Field<144, 8>;
  using gmin = Field<152, 8>;
  using rFactor = Field<160, 8>;
  using externalRFactor = Field<168, 8>;
  using mosLq = Field<176, 8>;
  using mosCq = Field<184, 8>;
  using lossConcealment = Field<192, 2>;
  using jitterBufferAdaptive = Field<194, 2>;
  using jitterBufferRate = Field<196, 4>;
  using jitterBufferNominal = Field<208, 16>;
  using jitterBufferMaximum = Field<224, 16>;
  using jitterBufferAbsoluteMaximum = Field<240, 16>;
};

}  // namespace rtp
