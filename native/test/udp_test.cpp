/** The plain half of the UDP socket: batches, local addresses, ICMP errors, a full kernel buffer. Loopback only. */
#include <arpa/inet.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "udp/socket.h"

namespace {

int failures = 0;

void check(bool holds, const char* sentence) {
  if (holds) return;
  failures++;
  std::fprintf(stderr, "  not so: %s\n", sentence);
}

/** A socket with memory of its own. */
struct Bench {
  std::vector<uint8_t> rx, tx;
  std::vector<udp::Record> rxRecords, txRecords, errors;
  udp::Control control{};
  udp::Socket socket;

  explicit Bench(const char* address, uint32_t batch = 8, int receiveBuffer = 1 << 20, bool timestamps = false)
      : rx(batch * 2048), tx(1 << 16), rxRecords(batch), txRecords(256), errors(16) {
    udp::Memory memory;
    memory.rx = rx.data(), memory.slotBytes = 2048, memory.maxBytes = 1500, memory.rxRecords = rxRecords.data(), memory.batch = batch;
    memory.tx = tx.data(), memory.txBytes = tx.size(), memory.txRecords = txRecords.data(), memory.txCapacity = 256;
    memory.errors = errors.data(), memory.errorCapacity = 16, memory.control = &control;
    const udp::Failure failure = socket.open({address, 0, false, receiveBuffer, timestamps}, memory);
    if (failure.code != 0) std::fprintf(stderr, "open %s: %s %s\n", address, failure.call, std::strerror(failure.code)), std::exit(1);
  }

  void queue(const udp::Record& to, const char* text) {
    udp::Record& record = txRecords[control.count];
    record = to;
    record.length = static_cast<uint32_t>(std::strlen(text));
    record.offset = control.count * 64;
    std::memcpy(tx.data() + record.offset, text, record.length);
    control.count++;
  }

  /** One datagram of so many bytes, the last of them 'Z'. */
  void queueBytes(const udp::Record& to, uint32_t length) {
    udp::Record& record = txRecords[control.count++];
    record = to;
    record.length = length;
    record.offset = 0;
    std::memset(tx.data(), 'a', tx.size());
    if (length > 0) tx[length - 1] = 'Z';
  }

  std::string text(uint32_t i) const {
    return {reinterpret_cast<const char*>(rx.data()) + rxRecords[i].offset, rxRecords[i].length};
  }

  bool wait(short events = POLLIN) const {
    pollfd item{socket.fd(), events, 0};
    return poll(&item, 1, 2000) == 1;
  }
};

udp::Record at(const char* address, uint32_t port) {
  sockaddr_storage storage{};
  udp::Record record{};
  if (udp::parseAddress(address, static_cast<uint16_t>(port), storage)) udp::writePeer(record, storage);
  return record;
}

void batches() {
  Bench from("127.0.0.1"), to("127.0.0.1");
  const udp::Record target = to.socket.local();
  for (int i = 0; i < 100; i++) from.queue(target, std::to_string(i).c_str());
  check(from.socket.flush(), "a hundred datagrams leave with one flush");
  check(from.control.head == 0 && from.control.count == 0, "the queue is empty after it");
  int next = 0;
  while (next < 100 && to.wait()) {
    const uint32_t got = to.socket.receive();
    check(got > 0 && got <= 8, "a batch holds up to its size");
    for (uint32_t i = 0; i < got; i++) check(to.text(i) == std::to_string(next++), "datagrams keep their order and bytes");
    check(to.rxRecords[0].port == from.socket.local().port && to.rxRecords[0].family == 4, "the sender is known");
  }
  check(to.socket.receive() == 0, "nothing is left");
}

void localAddress() {
  Bench everywhere("0.0.0.0"), phone("127.0.0.1");
  const uint32_t port = everywhere.socket.local().port;
  phone.queue(at("127.0.0.7", port), "ping");
  phone.socket.flush();
  check(everywhere.wait() && everywhere.socket.receive() == 1, "a wildcard socket hears 127.0.0.7");
  const udp::Record asked = everywhere.rxRecords[0];
  check(asked.localFamily == 4 && asked.local[0] == 127 && asked.local[3] == 7, "the local address is the one it was sent to");
  everywhere.queue(asked, "pong");
  everywhere.socket.flush();
  check(phone.wait() && phone.socket.receive() == 1, "the answer arrives");
  check(phone.rxRecords[0].address[3] == 7, "the answer comes from the address that was asked");
  check(phone.rxRecords[0].localFamily == 0, "who is bound to one address is not told it again");
}

void version6() {
  Bench a("::1"), b("::");
  a.queue(at("::1", b.socket.local().port), "six");
  a.socket.flush();
  check(b.wait() && b.socket.receive() == 1 && b.text(0) == "six", "IPv6 datagrams pass");
  check(b.rxRecords[0].family == 6 && b.rxRecords[0].localFamily == 6 && b.rxRecords[0].local[15] == 1, "IPv6 has a local address too");
}

void refused() {
  Bench from("127.0.0.1"), alive("127.0.0.1");
  udp::Record dead{};
  {
    Bench closed("127.0.0.1");
    dead = closed.socket.local();
  }
  for (int i = 0; i < 4; i++) from.queue(dead, "x"), from.queue(alive.socket.local(), "y");
  check(from.socket.flush(), "a dead peer does not stop the queue");
  check(from.wait(POLLPRI), "errors are announced as POLLPRI");
  from.socket.readErrors();
  const uint32_t errors = from.socket.takeErrors();
  check(errors == 4, "each refused datagram is reported");
  check(from.errors[0].length == ECONNREFUSED && from.errors[0].port == dead.port, "with errno and peer");
  uint32_t received = 0;
  while (received < 4 && alive.wait()) received += alive.socket.receive();
  check(received == 4, "the other peer got all of its own");
  pollfd item{from.socket.fd(), POLLIN | POLLPRI, 0};
  check(poll(&item, 1, 0) == 0, "nothing keeps the socket in error");
}

void ownError() {
  Bench from("127.0.0.1"), alive("127.0.0.1");
  from.queue(at("192.0.2.1", 9), "x");  // a loopback address cannot reach it
  from.queue(alive.socket.local(), "y");
  check(from.socket.flush(), "a datagram that cannot leave is passed over");
  check(from.socket.takeErrors() == 1 && from.errors[0].length != 0, "and reported");
  check(alive.wait() && alive.socket.receive() == 1, "the next one leaves");
}

/** A full kernel buffer cannot be had on loopback; a UNIX pair put under the same descriptor has a small one. */
void fullBuffer() {
  Bench from("127.0.0.1");
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) != 0) std::exit(1);
  const int small = 1;
  setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  dup2(pair[0], from.socket.fd());
  for (int i = 0; i < 200; i++) from.queue(udp::Record{}, "z");
  check(!from.socket.flush(), "a full buffer says: later");
  check(from.control.head > 0 && from.control.head < 200 && from.control.count == 200, "the rest stays queued");
  char byte;
  int received = 0;
  for (bool done = false; !done;) {
    while (recv(pair[1], &byte, 1, MSG_DONTWAIT) == 1) received++;
    done = from.socket.flush();
  }
  while (recv(pair[1], &byte, 1, MSG_DONTWAIT) == 1) received++;
  check(received == 200 && from.control.count == 0, "nothing is lost or doubled");
  close(pair[0]), close(pair[1]);
}

void drops() {
  Bench from("127.0.0.1"), to("127.0.0.1", 8, 4096);
  for (int i = 0; i < 100; i++) from.queue(to.socket.local(), "drop");
  from.socket.flush();
  while (to.socket.receive() > 0) continue;
  from.queue(to.socket.local(), "last");
  from.socket.flush();
  check(to.wait() && to.socket.receive() == 1 && to.control.dropped > 0, "what the kernel dropped is counted");
}

void sizes() {
  Bench from("127.0.0.1"), to("127.0.0.1");
  const udp::Record target = to.socket.local();
  const uint32_t wanted[] = {0, 1, 1500, 1501, 65507};
  for (const uint32_t length : wanted) from.queueBytes(target, length), from.socket.flush();
  check(to.wait() && to.socket.receive() == 5, "an empty datagram ends nothing");
  for (int i = 0; i < 5; i++) check(to.rxRecords[i].length == wanted[i], "each tells its own length, also when it was cut");
  check(to.rx[to.rxRecords[2].offset + 1499] == 'Z', "what fits is whole");
  check(to.rx[to.rxRecords[3].offset + 1500] == 0, "nothing is written beyond what a slot may hold");
  check(to.control.truncated == 2 && to.control.received == 5 && from.control.sent == 5, "the totals say so");
  from.queueBytes(target, 65508);
  check(from.socket.flush() && from.socket.takeErrors() == 1 && from.errors[0].length == EMSGSIZE, "one byte more is EMSGSIZE");
  check(from.control.failed == 1, "and counted");
}

void timestamps() {
  Bench from("127.0.0.1"), to("127.0.0.1", 8, 1 << 20, true), without("127.0.0.1");
  timespec before, after;
  clock_gettime(CLOCK_REALTIME, &before);
  from.queue(to.socket.local(), "x"), from.queue(without.socket.local(), "x");
  from.socket.flush();
  check(to.wait() && to.socket.receive() == 1 && without.wait() && without.socket.receive() == 1, "both arrive");
  clock_gettime(CLOCK_REALTIME, &after);
  const auto ns = [](uint64_t seconds, uint64_t nanoseconds) { return seconds * 1'000'000'000 + nanoseconds; };
  const udp::Record& got = to.rxRecords[0];
  const uint64_t at = ns(got.seconds, got.nanoseconds);
  check(at >= ns(before.tv_sec, before.tv_nsec) && at <= ns(after.tv_sec, after.tv_nsec), "the kernel's time lies between sending and reading");
  check(without.rxRecords[0].seconds == 0 && without.rxRecords[0].nanoseconds == 0, "no time where none was asked for");
}

/** A stale time or address of an earlier datagram in the same slot must not show. */
void slotsAgain() {
  Bench from("127.0.0.1"), to("0.0.0.0", 2);
  const udp::Record target = at("127.0.0.1", to.socket.local().port);
  for (int round = 0; round < 5; round++) {
    for (int i = 0; i < 2; i++) from.queue(target, round % 2 == 0 ? "long text" : "s");
    from.socket.flush();
    check(to.wait() && to.socket.receive() == 2, "both slots are used in each round");
    for (int i = 0; i < 2; i++) {
      check(to.text(i) == (round % 2 == 0 ? "long text" : "s") && to.rxRecords[i].localFamily == 4, "and hold what came now");
      check(to.rxRecords[i].port == from.socket.local().port, "from who sent it now");
    }
  }
}

void manyErrors() {
  Bench from("127.0.0.1");
  udp::Record dead{};
  {
    Bench closed("127.0.0.1");
    dead = closed.socket.local();
  }
  for (int i = 0; i < 40; i++) from.queue(dead, "x");
  from.socket.flush();
  uint32_t errors = 0;
  for (int round = 0; round < 10 && from.wait(POLLPRI); round++) {
    from.socket.readErrors();
    const uint32_t taken = from.socket.takeErrors();
    check(taken <= 16, "no more than the table holds");
    errors += taken;
    pollfd item{from.socket.fd(), POLLPRI, 0};
    if (poll(&item, 1, 0) == 0) break;
  }
  check(errors == 40, "what did not fit in the table is told the next time");
}

void closedWhileSending() {
  Bench from("127.0.0.1"), to("127.0.0.1");
  for (int i = 0; i < 10; i++) from.queue(to.socket.local(), "x");
  from.socket.close();
  check(from.socket.flush() && from.control.sent == 0, "what is queued on a closed socket is gone");
  from.socket.readErrors();
  check(from.socket.takeErrors() == 0, "without an error");
}

void setUp() {
  udp::Socket socket;
  Bench taken("127.0.0.1");
  const auto port = static_cast<uint16_t>(taken.socket.local().port);
  const udp::Failure inUse = socket.open({"127.0.0.1", port, false, 4096, false}, {});
  check(inUse.code == EADDRINUSE && std::string(inUse.call) == "bind" && socket.fd() == -1, "a taken port is EADDRINUSE from bind");
  check(socket.open({"localhost", 0, false, 4096, false}, {}).code == EINVAL, "a name is no address");
  socket.close(), socket.close();
  check(socket.receive() == 0 && socket.local().port == 0, "a closed socket is quiet");
}

}  // namespace

int main() {
  batches(), localAddress(), version6(), refused(), ownError(), fullBuffer(), drops(), setUp();
  sizes(), timestamps(), slotsAgain(), manyErrors(), closedWhileSending();
  return failures == 0 ? 0 : 1;
}
