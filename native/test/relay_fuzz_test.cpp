// Random and damaged packets against everything that reads bytes of strangers: nothing is read outside the packet (the sanitizers say so),
// and what is said of it holds. RFC 3550 §5.1, §6.4, §A.2. For FUZZ_SECONDS (default 2); FUZZ_SEED repeats a run.
#include <chrono>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include "relay/receive-stats.h"
#include "relay_check.h"
#include "rtp/compound.h"
#include "rtp/packet.h"

namespace {

std::mt19937 chance;

unsigned below(unsigned limit) { return chance() % limit; }

std::vector<std::vector<uint8_t>> seeds() {
  return {{0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0xd5, 0xd5},
          {0xb2, 0xe0, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8, 0xbe, 0xde, 0, 1, 0x10, 0xaa, 0, 0, 9, 9, 0, 2},
          {0x81, 200, 0, 12, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 0,
           0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
          {0x80, 201, 0, 1, 0, 0, 0, 7, 0xa1, 203, 0, 2, 0, 0, 0, 7, 0, 0, 0, 4},
          {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}};
}

std::vector<uint8_t> damaged(std::vector<uint8_t> bytes) {
  for (unsigned times = below(6); times > 0; --times) {
    switch (below(5)) {
      case 0:
        bytes.resize(below(unsigned(bytes.size()) + 1));
        break;
      case 1:
        bytes.resize(bytes.size() + below(40), uint8_t(chance()));
        break;
      case 2:
        if (!bytes.empty()) bytes[below(unsigned(bytes.size()))] = uint8_t(chance());
        break;
      case 3:
        if (!bytes.empty()) bytes[below(unsigned(bytes.size()))] ^= uint8_t(1 << below(8));
        break;
      default:
        bytes.insert(bytes.end(), bytes.begin(), bytes.begin() + long(below(unsigned(bytes.size()) + 1)));
        if (bytes.size() > 2000) bytes.resize(2000);
    }
  }
  return bytes;
}

void read(const uint8_t* data, size_t bytes, relay::ReceiveStats& stats) {
  const relay::PacketKind kind = relay::kindOf(data, bytes);
  if (kind == relay::PacketKind::rtp) {
    check(bytes >= 12 && data[0] >> 6 == 2, "what is called RTP has its header");
    stats.receive(relay::readRtp(data), int64_t(chance()), 8000);
    check(stats.lost() >= 0, "loss is never less than nothing");
    if (below(8) == 0) stats.elsewhere(below(3000), uint16_t(chance()));
  }
  rtp::Packet packet;
  if (packet.point(data, bytes) == rtp::Fault::none) {
    check(packet.payloadOffset() + packet.payloadBytes() + packet.paddingBytes() == bytes, "the parts of a packet are the packet");
    for (size_t index = 0; index < packet.csrcCount(); ++index) (void)packet.csrc(index);
  }
  rtp::Compound compound;
  for (const auto rules : {rtp::RtcpRules::compound, rtp::RtcpRules::reducedSize}) {
    if (compound.point(data, bytes, rules) != rtp::Fault::none) continue;
    size_t whole = 0;
    do {
      whole += compound.bytes();
      check(compound.bodyBytes() <= compound.bytes() - 4, "a body is inside its packet");
      for (size_t index = 0; index < 32; ++index) {
        const uint8_t* block = compound.reportBlock(index);
        if (block != nullptr) check(block + rtp::ReportBlock::bytes <= data + bytes, "a report block is inside the datagram");
      }
    } while (compound.next());
    check(whole == bytes, "the packets of a compound are the datagram");
  }
}

}  // namespace

int main() {
  const char* given = getenv("FUZZ_SEED");
  const unsigned seed = given != nullptr ? unsigned(strtoul(given, nullptr, 10)) : std::random_device{}();
  const char* budget = getenv("FUZZ_SECONDS");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(budget != nullptr ? atoi(budget) : 2);
  chance.seed(seed);
  const auto from = seeds();
  relay::ReceiveStats stats;
  unsigned long count = 0;
  while (std::chrono::steady_clock::now() < end && failures == 0) {
    for (unsigned some = 0; some < 1000; ++some, ++count) {
      const std::vector<uint8_t> bytes = damaged(from[below(unsigned(from.size()))]);
      // As long as the packet and no longer, for the sanitizer to see its end.
      const std::unique_ptr<uint8_t[]> exact(new uint8_t[bytes.size()]);
      std::copy(bytes.begin(), bytes.end(), exact.get());
      read(exact.get(), bytes.size(), stats);
    }
  }
  std::fprintf(stderr, "  %lu packets, FUZZ_SEED=%u\n", count, seed);
  return failures > 0;
}
