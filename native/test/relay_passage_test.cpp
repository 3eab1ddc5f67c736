// Two sessions of one engine that are each other's party: one receive, one send, statistics in both; ports by number; round trips and telephone events. RFC 3550 §6.4.1, RFC 4733.
#include "relay_phone.h"

namespace {

// Left: A and inner; right: outer and B. Inner's party is outer and the other way round.
struct House {
  Heard heard;
  Engine engine{options(8), into(heard)};
  Phone a, b;
  Opened left = engine.open(0, 0), inner = engine.open(0, 0), outer = engine.open(0, 0), right = engine.open(0, 0);

  House() {
    at(engine, left, a.address(), Address());
    at(engine, right, b.address(), Address());
    own(inner, outer);
    own(outer, inner);
    for (const auto& [one, two] : {std::pair(left, inner), std::pair(outer, right)}) {
      engine.join(one.stream, two.stream);
      engine.join(two.stream, one.stream);
    }
  }
  void own(const Opened& opened, const Opened& party) {
    relay::Remote remote;
    remote.rtp = {Address::parse("127.0.0.1", party.port), {}, relay::Learn::exact, true};
    remote.rtcp = {Address::parse("127.0.0.1", uint16_t(party.port + 1)), {}, relay::Learn::exact, true};
    engine.connect(opened.stream, remote);
  }
  double of(const Opened& opened, relay::Field field) { return engine.counters().ofStream(opened.stream).get(field); }
  double received() { return engine.counters().ofThread(0).get(relay::PACKETS); }
};

void oneHop() {
  House house;
  house.engine.twin(house.inner.stream, house.outer.stream);
  house.engine.twin(house.outer.stream, house.inner.stream);
  Address from;
  for (uint16_t sequence = 1; sequence <= 20; ++sequence) {
    if (sequence == 7) continue;
    house.a.send(house.left.port, rtp(sequence));
    check(house.b.hear(&from) == rtp(sequence) && from.port() == house.right.port, "B hears A from the port B was told");
  }
  house.b.send(house.right.port, rtp(1));
  check(house.a.hear(&from) == rtp(1) && from.port() == house.left.port, "and A hears B");
  check(house.received() == 20, "each packet came to one socket only");
  for (const Opened& opened : {house.left, house.outer}) {
    check(house.of(opened, relay::PACKETS) == 19 && house.of(opened, relay::LOST) == 1 && house.of(opened, relay::LAST_PACKET) > 0,
          "both sessions count what A said, and what was lost before it");
  }
  check(house.of(house.inner, relay::SENT_PACKETS) == 19 && house.of(house.right, relay::SENT_PACKETS) == 19, "and what was sent on");
  house.engine.twin(house.inner.stream, relay::NOBODY);
  house.engine.twin(house.outer.stream, relay::NOBODY);
  house.a.send(house.left.port, rtp(21));
  check(house.b.hear() == rtp(21), "apart again, B goes on hearing A");
  check(house.received() == 22, "over two sockets");
}

void twinThatLeaves() {
  House house;
  house.engine.twin(house.inner.stream, house.outer.stream);
  house.engine.close(house.outer.stream);
  house.a.send(house.left.port, rtp(1));
  check(eventually([&] { return house.of(house.left, relay::PACKETS) == 1; }), "who speaks to a closed session is counted");
  check(house.of(house.right, relay::SENT_PACKETS) == 0, "and not heard behind it");
}

void threadsApart() {
  Heard heard;
  Engine engine(options(4, 2), into(heard));
  check(!engine.twin(engine.open(0, 0).stream, engine.open(0, 1).stream), "streams of two threads are not joined");
}

void roundTrips() {
  House house;
  house.engine.twin(house.inner.stream, house.outer.stream);
  house.engine.twin(house.outer.stream, house.inner.stream);
  at(house.engine, house.left, house.a.address(), house.a.address(), true);
  at(house.engine, house.right, house.b.address(), house.b.address(), true);
  std::vector<uint8_t> sender(28), answer(32);
  const uint8_t head[] = {0x80, 200, 0, 6, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8};
  const uint8_t block[] = {0x81, 201, 0, 7, 0, 0, 0, 8, 0, 0, 0, 7};
  memcpy(sender.data(), head, sizeof head);
  memcpy(answer.data(), block, sizeof block);
  const uint8_t last[] = {3, 4, 5, 6, 0, 0, 0, 1};
  memcpy(answer.data() + 24, last, sizeof last);
  house.a.send(house.left.port, sender);
  check(house.b.hear() == sender, "a sender report passes");
  answer[24] = 9;
  house.b.send(house.right.port, answer);
  check(house.a.hear() == answer && house.of(house.right, relay::RTT_MS) == 0, "an answer to another report measures nothing");
  answer[24] = 3;
  house.b.send(house.right.port, answer);
  check(house.a.hear() == answer, "its answer passes");
  const double behind = house.of(house.right, relay::RTT_MS);
  check(behind > 0 && behind < 2000, "and measures B's round trip");
  check(house.of(house.inner, relay::RTT_MS) == behind, "in both sessions");
}

void telephoneEvents() {
  House house;
  relay::Remote remote;
  remote.rtp = {house.a.address(), {}, relay::Learn::any, true};
  remote.eventType = 101;
  house.engine.connect(house.left.stream, remote);
  const auto digit = [](uint16_t sequence, uint8_t timestamp, bool end) {
    std::vector<uint8_t> packet = rtp(sequence, 16);
    packet[1] = 101;
    packet[7] = timestamp;
    packet[12] = 5;
    packet[13] = end ? 0x8a : 0x0a;
    packet[14] = 3;
    packet[15] = 0x20;
    return packet;
  };
  house.engine.join(house.left.stream, house.right.stream);
  uint16_t sequence = 0;
  for (const uint8_t timestamp : {10, 20}) {
    for (const bool end : {false, false, true, true, true}) {
      house.a.send(house.left.port, digit(++sequence, timestamp, end));
      check(!house.b.hear().empty(), "events pass");
    }
  }
  check(house.of(house.left, relay::EVENTS) == 2 && house.heard.of(Event::Kind::digit) == 2, "two digits are told, each once");
}

void portsByNumber() {
  Heard heard;
  Engine engine(options(4), into(heard));
  const Opened wanted = engine.open(0, 0, FIRST_PORT + 4);
  check(wanted.trouble.code.empty() && wanted.port == FIRST_PORT + 4, "a port that is asked for is given");
  check(engine.open(0, 0, FIRST_PORT + 4).trouble.code == "ports-exhausted", "not twice");
  check(engine.open(0, 0, FIRST_PORT + 5).trouble.code == "ports-exhausted", "nor an odd one");
  Phone announced, real;
  relay::Remote remote;
  remote.rtp = {announced.address(), {}, relay::Learn::any, true};
  remote.learned = real.address();
  engine.connect(wanted.stream, remote);
  engine.join(wanted.stream, wanted.stream);
  real.send(wanted.port, rtp(1));
  check(real.hear() == rtp(1), "who is known already is heard, and sent to, from the first packet on");
}

// What a packet that came was marked with; -1 where the kernel does not say.
int tosOf(int socket) {
  pollfd waiting = {socket, POLLIN, 0};
  if (poll(&waiting, 1, 2000) <= 0) return -1;
  uint8_t packet[2048];
  alignas(cmsghdr) uint8_t control[64];
  iovec part = {packet, sizeof packet};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(socket, &message, 0) < 0) return -1;
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_TOS) return *CMSG_DATA(one);
  }
  return -1;
}

void marks() {
  House house;
  const int listener = relay::bindUdp(Address::parse("127.0.0.1", 0));
  Address there;
  socklen_t length = Address::CAPACITY;
  getsockname(listener, there.raw(), &length);
  const int yes = 1;
  setsockopt(listener, IPPROTO_IP, IP_RECVTOS, &yes, sizeof yes);
  at(house.engine, house.right, there, Address());
  house.engine.join(house.left.stream, house.right.stream);
  house.a.send(house.left.port, rtp(1));
  check(tosOf(listener) == 0, "packets are not marked");
  house.engine.mark(house.right.stream, 0xb8);
  house.a.send(house.left.port, rtp(2));
  check(tosOf(listener) == 0xb8, "until they are to be: expedited forwarding");
  close(listener);
}

}  // namespace

int main() {
  oneHop();
  twinThatLeaves();
  threadsApart();
  roundTrips();
  telephoneEvents();
  portsByNumber();
  marks();
  return failures > 0;
}
