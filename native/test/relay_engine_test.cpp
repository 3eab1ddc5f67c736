// The whole engine on loopback sockets: packets, RTCP, ports that come back, places that are used again, the end. RFC 3550, RFC 5761.
#include "relay_phone.h"

namespace {

void twoPhones() {
  Heard heard;
  Engine engine(options(8), into(heard));
  check(engine.check().code.empty(), "loopback is an address of this machine");
  Phone a, aRtcp, b;
  const Opened left = engine.open(0, 0), right = engine.open(0, 0);
  check(left.port % 2 == 0 && right.port % 2 == 0 && left.port != right.port, "each stream has an even port of its own");
  at(engine, left, a.address(), aRtcp.address());
  at(engine, right, b.address(), b.address(), true);
  engine.join(left.stream, right.stream);
  engine.join(right.stream, left.stream);
  Address from;
  for (uint16_t sequence = 65500; sequence != 100; ++sequence) {
    a.send(left.port, rtp(sequence));
    check(b.hear(&from) == rtp(sequence) && from.port() == right.port, "what A says B hears, from B's port");
  }
  b.send(right.port, REPORT);
  check(aRtcp.hear(&from) == REPORT && from.port() == left.port + 1, "RTCP on B's shared port comes to A's RTCP port");
  aRtcp.send(uint16_t(left.port + 1), REPORT);
  check(b.hear(&from) == REPORT && from.port() == right.port, "and the other way round");
  const relay::Row row = engine.counters().ofStream(left.stream);
  check(row.get(relay::PACKETS) == 136 && row.get(relay::LOST) == 0, "136 packets over a wrap, none lost");
  check(row.get(relay::RTCP_PACKETS) == 1, "one report");
  a.send(left.port, std::vector<uint8_t>(4000, 0x80));
  a.send(left.port, {});
  a.send(uint16_t(left.port + 1), rtp(1));
  check(eventually([&] { return row.get(relay::MALFORMED) == 3; }), "giants, nothings and RTP on the RTCP port are malformed");
  Phone thief;
  for (uint16_t sequence = 0; sequence < 100; ++sequence) thief.send(left.port, rtp(sequence));
  check(eventually([&] { return row.get(relay::FOREIGN) == 100; }), "a third address is counted");
  a.send(left.port, rtp(100));
  check(b.hear() == rtp(100), "and never heard");
}

// A place whose party left must not be heard by the one that has it next.
void placesUsedAgain() {
  Heard heard;
  Engine engine(options(2), into(heard));
  Phone a, b, next;
  const Opened left = engine.open(0, 0), right = engine.open(0, 0);
  at(engine, left, a.address(), Address());
  at(engine, right, b.address(), Address());
  engine.join(left.stream, right.stream);
  check(engine.open(0, 0).trouble.code == "ports-exhausted", "two pairs are two streams");
  engine.close(right.stream);
  check(eventually([&] { return engine.portsInUse() == 1; }), "a closed pair comes back");
  const Opened again = engine.open(0, 0);
  check(again.stream == right.stream && again.generation == right.generation + 1, "the place is used again, and known as such");
  at(engine, again, next.address(), Address());
  a.send(left.port, rtp(1));
  const relay::Row row = engine.counters().ofStream(left.stream);
  check(eventually([&] { return row.get(relay::PACKETS) == 1; }), "A goes on speaking");
  next.send(again.port, rtp(9));
  check(eventually([&] { return engine.counters().ofStream(again.stream).get(relay::PACKETS) == 1; }), "the next call is there");
  check(engine.counters().ofStream(again.stream).get(relay::SENT_PACKETS) == 0, "but hears nothing of A");
}

void portsNeverLeak() {
  Heard heard;
  Engine engine(options(16, 2), into(heard));
  uint32_t random = 1;
  std::vector<Opened> open;
  for (int round = 0; round < 2000; ++round) {
    random = random * 1664525 + 1013904223;
    if (open.empty() || (random >> 16) % 2 == 0) {
      const Opened opened = engine.open(0, random >> 20);
      if (opened.trouble.code.empty()) open.push_back(opened);
    } else {
      const size_t index = (random >> 16) % open.size();
      engine.close(open[index].stream);
      open.erase(open.begin() + long(index));
    }
  }
  for (const Opened& opened : open) engine.close(opened.stream);
  check(eventually([&] { return engine.portsInUse() == 0; }), "after 2000 opens and closes all ports are back");
}

void takenPortsAndEchoes() {
  const int taken = relay::bindUdp(Address::parse("127.0.0.1", FIRST_PORT + 1));
  Heard heard;
  Engine engine(options(4), into(heard));
  const Opened opened = engine.open(0, 0);
  check(opened.port == FIRST_PORT + 2, "a pair of which somebody has a half is passed over");
  Phone announced, real;
  at(engine, opened, announced.address(), Address());
  engine.join(opened.stream, opened.stream);
  engine.watch(opened.stream, 20);
  for (uint16_t sequence = 1; sequence <= 4; ++sequence) real.send(opened.port, rtp(sequence));
  check(real.hear() == rtp(3), "an echo comes back to the learned source from the packet on that taught it");
  check(heard.of(Event::Kind::learned) == 1, "learning is told once");
  check(eventually([&] { return heard.of(Event::Kind::silent) == 1; }), "silence is told");
  close(taken);
  relay::EngineOptions elsewhere = options(1);
  elsewhere.addresses = {"192.0.2.1"};
  Engine nowhere(elsewhere, into(heard));
  check(nowhere.check().code == "address-unavailable", "an address of another machine is unavailable");
}

}  // namespace

int main() {
  twoPhones();
  placesUsedAgain();
  portsNeverLeak();
  takenPortsAndEchoes();
  return failures > 0;
}
