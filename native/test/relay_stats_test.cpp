// Sequence numbers, loss and jitter of a source; telling RTP from RTCP. RFC 3550 §A.1, §A.3, §A.8, RFC 5761 §4.
#include <initializer_list>

#include "relay/receive-stats.h"
#include "relay_check.h"

using relay::PacketKind;
using relay::ReceiveStats;
using relay::RtpHeader;

namespace {

// 20 ms of G.711 for each sequence number, on time unless `lateMicros`.
void hear(ReceiveStats& stats, uint16_t sequence, int64_t at, uint32_t ssrc = 1, uint8_t type = 8, int64_t lateMicros = 0) {
  stats.receive(RtpHeader{type, sequence, static_cast<uint32_t>(at * 160), ssrc}, at * 20000 + lateMicros, 8000);
}

void losses() {
  ReceiveStats stats;
  for (const uint16_t sequence : {10, 11, 14, 15}) hear(stats, sequence, sequence);
  check(stats.lost() == 2, "two missing numbers are two lost packets");
  hear(stats, 12, 12);
  check(stats.lost() == 1, "a late packet is not lost");
  hear(stats, 15, 15);
  hear(stats, 15, 15);
  check(stats.lost() == 0, "duplicates never make the loss negative");
}

void wraps() {
  ReceiveStats stats;
  for (const uint16_t sequence : {65534, 65535, 0, 1}) hear(stats, sequence, sequence);
  check(stats.lost() == 0, "the wrap from 65535 to 0 loses nothing");
  ReceiveStats reordered;
  for (const uint16_t sequence : {65534, 0, 65535, 1}) hear(reordered, sequence, sequence);
  check(reordered.lost() == 0, "a packet from before the wrap that comes after it is not lost");
  ReceiveStats twice;
  for (uint32_t at = 0; at < 2 * 65536 + 10; ++at) {
    if (at % 1000 != 999) hear(twice, static_cast<uint16_t>(at), at);
  }
  check(twice.lost() == 131, "loss is counted over two wraps");
}

void restarts() {
  ReceiveStats stats;
  for (const uint16_t sequence : {1, 2, 4}) hear(stats, sequence, sequence);
  hear(stats, 30000, 5);
  check(stats.lost() == 1, "one stray number far away is ignored (RFC 3550 A.1)");
  hear(stats, 30001, 6);
  hear(stats, 30003, 7);
  check(stats.lost() == 2, "two in a row far away are a new start; what was lost before stays lost");
  hear(stats, 500, 8, 2);
  hear(stats, 501, 9, 2);
  check(stats.lost() == 2 && stats.ssrc() == 2, "another SSRC starts anew");
  ReceiveStats atZero;
  for (const uint16_t sequence : {30000, 30001, 65535, 0, 1}) hear(atZero, sequence, sequence);
  check(atZero.lost() == 0, "a new start may lie on the wrap");
}

void jitter() {
  ReceiveStats steady;
  for (uint16_t at = 0; at < 100; ++at) hear(steady, at, at);
  check(steady.jitterMs() == 0, "packets on time have no jitter");
  ReceiveStats shaken;
  for (uint16_t at = 0; at < 400; ++at) hear(shaken, at, at, 1, 8, at % 2 ? 5000 : 0);
  check(shaken.jitterMs() > 4.9 && shaken.jitterMs() < 5.1, "5 ms to and fro becomes a jitter of 5 ms");
  ReceiveStats event;
  for (uint16_t at = 0; at < 10; ++at) hear(event, at, at);
  event.receive(RtpHeader{101, 10, 3, 1}, 10 * 20000, 8000);
  check(event.jitterMs() == 0, "a change of payload type measures nothing");
}

void kinds() {
  const uint8_t rtp[12] = {0x80, 8};
  const uint8_t contributors[12] = {0x82, 8};
  const uint8_t report[8] = {0x80, 201};
  const uint8_t stun[20] = {0, 1};
  check(relay::kindOf(rtp, sizeof rtp) == PacketKind::rtp, "twelve bytes of version 2 are RTP");
  check(relay::kindOf(rtp, 11) == PacketKind::other, "eleven are not");
  check(relay::kindOf(contributors, sizeof contributors) == PacketKind::other, "contributing sources must be there");
  check(relay::kindOf(report, sizeof report) == PacketKind::rtcp, "201 is a receiver report");
  check(relay::kindOf(stun, sizeof stun) == PacketKind::other, "STUN is neither");
  check(relay::kindOf(rtp, 0) == PacketKind::other, "nothing is nothing");
}

}  // namespace

int main() {
  losses();
  wraps();
  restarts();
  jitter();
  kinds();
  return failures > 0;
}
