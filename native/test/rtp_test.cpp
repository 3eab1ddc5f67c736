// C++ reads RTP and RTCP as TypeScript does: fields of every structure, verdicts of every vector. RFC 3550 §5.1, §6.4, §A.1, §A.2, RFC 7983 §7.
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "relay_check.h"
#include "rtp/compound.h"
#include "rtp/demultiplex.h"
#include "rtp/packet.h"
#include "rtp/sequence.h"
#include "rtp_vectors.h"

namespace {

using Bytes = std::vector<uint8_t>;

// Of exactly its size on the heap, so that a read beyond it is seen.
Bytes fromHex(const char* hex) {
  Bytes bytes;
  for (; *hex != 0; hex += 2) bytes.push_back(static_cast<uint8_t>(std::stoi(std::string(hex, 2), nullptr, 16)));
  bytes.shrink_to_fit();
  return bytes;
}

void fields() {
  for (const FieldVector& vector : FIELD_VECTORS) {
    const Bytes bytes = fromHex(vector.bytes);
    check(vector.get(bytes.data()) == vector.value, vector.name);
    Bytes zeros(bytes.size(), 0);
    Bytes ones(bytes.size(), 0xff);
    vector.set(zeros.data(), vector.value);
    vector.set(ones.data(), vector.value);
    check(vector.get(zeros.data()) == vector.value && vector.get(ones.data()) == vector.value, vector.name);
    // What is beside the field stays: other bits, and the first ones again, give the same bytes.
    Bytes again = bytes;
    vector.set(again.data(), ~vector.value);
    check(again != bytes, vector.name);
    vector.set(again.data(), vector.value);
    check(again == bytes, vector.name);
  }
}

void rtpVectors() {
  for (const RtpVector& vector : RTP_VECTORS) {
    const Bytes bytes = fromHex(vector.bytes);
    rtp::Packet packet;
    const rtp::Fault fault = packet.point(bytes.data(), bytes.size());
    check(std::strcmp(rtp::wordOf(fault), vector.fault) == 0, vector.title);
    if (fault != rtp::Fault::none) continue;
    check(packet.payloadOffset() == vector.payloadOffset && packet.payloadBytes() == vector.payloadBytes, vector.title);
    check(packet.paddingBytes() == vector.paddingBytes, vector.title);
    for (size_t i = 0; i < packet.csrcCount(); ++i) (void)packet.csrc(i);
  }
}

void rtcpVectors() {
  for (const RtcpVector& vector : RTCP_VECTORS) {
    const Bytes bytes = fromHex(vector.bytes);
    rtp::Compound compound;
    const auto rules = vector.alone ? rtp::RtcpRules::reducedSize : rtp::RtcpRules::compound;
    const rtp::Fault fault = compound.point(bytes.data(), bytes.size(), rules);
    check(std::strcmp(rtp::wordOf(fault), vector.fault) == 0, vector.title);
    if (fault != rtp::Fault::none) continue;
    Bytes types;
    do types.push_back(compound.type());
    while (compound.next());
    check(types == fromHex(vector.types), vector.title);
  }
}

void reports() {
  const Bytes bytes = fromHex(RTCP_VECTORS[0].bytes);
  rtp::Compound compound;
  check(compound.point(bytes.data(), bytes.size()) == rtp::Fault::none, "the first vector is a sender report");
  const uint8_t* block = compound.reportBlock(0);
  check(block != nullptr && rtp::ReportBlock::fractionLost::get(block) == 64 && rtp::ReportBlock::cumulativeLost::get(block) == 5,
        "a report block is read behind the sender information");
  check(compound.reportBlock(1) == nullptr, "there is no second one");
}

// Whatever comes, nothing beyond the buffer is read: ASan watches.
void rubbish() {
  std::mt19937 random(20260101);
  for (int round = 0; round < 200000; ++round) {
    Bytes bytes(random() % 64);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    if (!bytes.empty()) bytes[0] = static_cast<uint8_t>(0x80 | (bytes[0] & 0x3f));
    if (bytes.size() > 3 && random() % 2) bytes[1] = static_cast<uint8_t>(200 + random() % 8), bytes[2] = 0, bytes[3] &= 0x0f;
    (void)rtp::protocolOf(bytes.data(), bytes.size());
    rtp::Packet packet;
    if (packet.point(bytes.data(), bytes.size()) == rtp::Fault::none) {
      check(packet.payloadOffset() + packet.payloadBytes() + packet.paddingBytes() == bytes.size(), "header, payload and padding are the packet");
    }
    rtp::Compound compound;
    if (compound.point(bytes.data(), bytes.size(), rtp::RtcpRules::reducedSize) != rtp::Fault::none) continue;
    size_t total = 0;
    do {
      total += compound.bytes();
      for (size_t i = 0; i <= compound.count(); ++i) {
        const uint8_t* block = compound.reportBlock(i);
        if (block != nullptr) (void)rtp::ReportBlock::delaySinceLastSr::get(block);
      }
    } while (compound.next());
    check(total == bytes.size(), "the packets are the datagram");
  }
}

void protocols() {
  using rtp::Protocol;
  for (int first = 0; first < 256; ++first) {
    const uint8_t bytes[2] = {static_cast<uint8_t>(first), 0};
    const Protocol expected = first <= 3                   ? Protocol::stun
                              : first < 16                 ? Protocol::unknown
                              : first <= 19                ? Protocol::zrtp
                              : first <= 63                ? Protocol::dtls
                              : first <= 79                ? Protocol::turn
                              : first >= 128 && first < 192 ? Protocol::rtp
                                                           : Protocol::unknown;
    check(rtp::protocolOf(bytes, 2) == expected, "the first byte tells the protocol (RFC 7983 §7)");
  }
  for (int second = 0; second < 256; ++second) {
    const uint8_t bytes[2] = {0x80, static_cast<uint8_t>(second)};
    const bool isRtcp = second >= 192 && second <= 223;
    check(rtp::protocolOf(bytes, 2) == (isRtcp ? Protocol::rtcp : Protocol::rtp), "192 to 223 is RTCP (RFC 5761 §4)");
  }
  check(rtp::protocolOf(nullptr, 0) == Protocol::unknown, "nothing is nothing");
}

void sequences() {
  check(rtp::sequenceDistance(65535, 0) == 1 && rtp::sequenceDistance(0, 65535) == -1, "sequence numbers differ the short way");
  check(rtp::extendSequence(3 * 65536, 65535) == 3 * 65536 - 1, "they are extended to the nearest");
  check(rtp::timestampDistance(0xffffffff, 1) == 2, "timestamps go round");
}

}  // namespace

int main() {
  fields();
  rtpVectors();
  rtcpVectors();
  reports();
  rubbish();
  protocols();
  sequences();
  return failures > 0;
}
