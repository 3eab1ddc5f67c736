// The kernel forwards for the relay, over a veth pair between two namespaces: what, what not, until when. RFC 3550, RFC 5761.
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>

#include "relay/bpf.h"
#include "relay/engine.h"
#include "relay/sockets.h"
#include "relay_check.h"

using relay::Address;
using relay::Engine;
using relay::Opened;

namespace {

std::string bpffs, folder;
int relayNamespace, phoneNamespace;

bool run(const std::string& command) { return system((command + " >/dev/null 2>&1").c_str()) == 0; }

// A phone lives in the other namespace: a socket stays where it was made.
class Phone {
 public:
  explicit Phone(const char* host) {
    setns(phoneNamespace, CLONE_NEWNET);
    socket_ = relay::bindUdp(Address::parse(host, 0));
    setns(relayNamespace, CLONE_NEWNET);
    socklen_t length = Address::CAPACITY;
    getsockname(socket_, address_.raw(), &length);
  }
  ~Phone() { close(socket_); }
  Phone(const Phone&) = delete;
  Phone& operator=(const Phone&) = delete;
  const Address& address() const { return address_; }
  void send(const Address& to, const std::vector<uint8_t>& packet) {
    check(sendto(socket_, packet.data(), packet.size(), 0, to.raw(), to.length()) == ssize_t(packet.size()), "a phone can send");
  }
  // Empty when nothing comes.
  std::vector<uint8_t> hear(uint16_t* from = nullptr, int patienceMs = 3000) {
    pollfd waiting = {socket_, POLLIN, 0};
    if (poll(&waiting, 1, patienceMs) <= 0) return {};
    std::vector<uint8_t> packet(4096);
    Address sender;
    socklen_t length = Address::CAPACITY;
    packet.resize(size_t(recvfrom(socket_, packet.data(), packet.size(), 0, sender.raw(), &length)));
    if (from != nullptr) *from = sender.port();
    return packet;
  }

 private:
  int socket_;
  Address address_;
};

std::vector<uint8_t> rtp(uint16_t sequence, uint8_t ssrc = 7) {
  std::vector<uint8_t> packet(171 + sequence % 2, uint8_t(sequence));
  const uint8_t head[12] = {0x80, 8, uint8_t(sequence >> 8), uint8_t(sequence), 0, 0, 0, 0, 0, 0, 0, ssrc};
  memcpy(packet.data(), head, sizeof head);
  return packet;
}

template <typename Condition>
bool eventually(Condition holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    poll(nullptr, 0, 1);
  }
  return true;
}

// What the kernel has of the stream that arrives there.
std::optional<flow> entryOf(const Address& local) {
  const int map = relay::bpf::pinned(folder + "/flows");
  flow_key key = {};
  const uint32_t mapped[4] = {0, 0, htonl(0xffff), 0};
  memcpy(key.address, mapped, sizeof mapped);
  memcpy(local.family() == AF_INET ? key.address + 3 : key.address, local.host(), local.hostBytes());
  key.port = htons(local.port());
  flow found = {};
  const bool there = map >= 0 && relay::bpf::get(map, &key, &found);
  if (map >= 0) close(map);
  return there ? std::optional<flow>(found) : std::nullopt;
}

// Packets that the kernel counted, and 1; 0 where it forwards none.
uint64_t inKernel(const Address& local) {
  const std::optional<flow> entry = entryOf(local);
  return entry ? entry->packets + 1 : 0;
}

relay::EngineOptions options(const char* host) {
  relay::EngineOptions made;
  made.addresses = {host};
  made.firstPort = 21000;
  made.lastPort = 21019;
  made.restMs = 0;
  made.fastPath = folder;
  made.bpffs = bpffs;
  return made;
}

void at(Engine& engine, const Opened& opened, const Address& party, uint16_t rtcpPort) {
  relay::Remote remote;
  remote.rtp = {party, {}, relay::Learn::any, true};
  remote.rtcp = {party.withPort(rtcpPort), {}, relay::Learn::any, true};
  remote.mux = rtcpPort == party.port();
  engine.connect(opened.stream, remote);
}

struct Call {
  Engine& engine;
  const char* host;
  Phone a, b;
  Opened left, right;
  Address toLeft, toRight;
  uint16_t sequence = 65530;

  Call(Engine& relay, const char* relayHost, const char* phones) : engine(relay), host(relayHost), a(phones), b(phones) {
    left = engine.open(0, 0);
    right = engine.open(0, 0);
    toLeft = Address::parse(host, left.port);
    toRight = Address::parse(host, right.port);
    at(engine, left, a.address(), a.address().port());
    at(engine, right, b.address(), b.address().port());
    engine.join(left.stream, right.stream);
    engine.join(right.stream, left.stream);
  }
  bool passes(uint8_t ssrc = 7) {
    const std::vector<uint8_t> packet = rtp(sequence++, ssrc);
    a.send(toLeft, packet);
    uint16_t from = 0;
    return b.hear(&from) == packet && from == right.port;
  }
  bool learn() {
    for (int tries = 0; tries < 20 && inKernel(toLeft) == 0; ++tries) {
      if (!passes()) return false;
    }
    return inKernel(toLeft) > 0;
  }
};

void forwards(const char* host, const char* phones) {
  Engine engine(options(host), [](const relay::Event&) {});
  check(engine.fastPathTrouble().empty(), engine.fastPathTrouble().c_str());
  Call call(engine, host, phones);
  check(call.learn(), "a stream is left to the kernel when its source is locked");
  const uint64_t before = inKernel(call.toLeft);
  for (int count = 0; count < 100; ++count) check(call.passes(), "the kernel forwards what the party says, from the hearer's port");
  check(inKernel(call.toLeft) == before + 100, "each of them in the kernel");
  const relay::Row row = engine.counters().ofStream(call.left.stream);
  const double sent = double(uint16_t(call.sequence - 65530));
  check(eventually([&] { return row.get(relay::PACKETS) == sent; }), "what the kernel forwarded is in the statistics");
  check(row.get(relay::LOST) == 0 && row.get(relay::LAST_PACKET) > 0, "with nothing lost, and when the last came");
  check(eventually([&] { return engine.counters().ofStream(call.right.stream).get(relay::SENT_PACKETS) == sent; }), "and sent to the other");
  ++call.sequence;
  check(call.passes() && eventually([&] { return row.get(relay::LOST) == 1; }), "a packet that never came is counted as lost");

  Phone thief(phones);
  for (uint16_t count = 0; count < 10; ++count) thief.send(call.toLeft, rtp(call.sequence));
  check(eventually([&] { return row.get(relay::FOREIGN) == 10; }), "another source is foreign, as ever");
  check(call.passes(), "and not heard");
  const std::vector<uint8_t> report = {0x80, 201, 0, 1, 0, 0, 0, 7};
  call.a.send(call.toLeft, report);
  check(call.b.hear() == report && eventually([&] { return row.get(relay::RTCP_PACKETS) == 1; }), "RTCP passes the thread");
  call.a.send(call.toLeft, {0x80, 8, 0});
  check(eventually([&] { return row.get(relay::MALFORMED) == 1; }), "so does what is no RTP");
  for (int count = 0; count < 3; ++count) check(call.passes(9), "another SSRC of the same party is heard");
  check(eventually([&] { return call.passes(9) && inKernel(call.toLeft) > 0; }), "and left to the kernel again");

  engine.sift(call.left.stream, {relay::Voice::pass, false});
  check(eventually([&] { return inKernel(call.toLeft) == 0; }), "a stream of which something is held back is taken back");
  for (int count = 0; count < 10; ++count) check(call.passes(9), "what is looked into passes the thread");
  check(inKernel(call.toLeft) == 0, "and only the thread");
  engine.sift(call.left.stream, {});
  check(eventually([&] { return call.passes(9) && inKernel(call.toLeft) > 0; }), "until nothing is held back any more");

  Phone elsewhere(phones);
  at(engine, call.right, elsewhere.address(), elsewhere.address().port());
  check(eventually([&] { return inKernel(call.toLeft) == 0; }), "a hearer that moves takes its streams back");
  call.a.send(call.toLeft, rtp(call.sequence, 9));
  check(elsewhere.hear() == rtp(call.sequence++, 9), "and hears them where it is now");
  check(eventually([&] { return inKernel(call.toLeft) > 0; }), "in the kernel again");
  engine.close(call.right.stream);
  check(eventually([&] { return inKernel(call.toLeft) == 0; }), "a hearer that leaves takes its streams back");
}

// A process with one call that was killed while the kernel forwarded what `a` says: it left pins, and so the kernel goes on.
class Killed {
 public:
  uint16_t ports[2] = {};
  uint16_t sequence = 1;
  Phone a, b;

  Killed(const char* host, const char* phones) : a(phones), b(phones), host_(host) {
    int said[2];
    check(pipe(said) == 0, "a pipe");
    const pid_t child = fork();
    if (child == 0) live(said[1]);
    check(read(said[0], ports, sizeof ports) == sizeof ports, "the other process is there");
    close(said[0]);
    close(said[1]);
    check(eventually([&] { return passes() && inKernel(toLeft()) > 0; }), "another process leaves its stream to the kernel");
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    for (int count = 0; count < 20; ++count) check(passes(), "when it is killed, forwarding goes on");
  }

  Address toLeft() const { return Address::parse(host_, ports[0]); }
  bool passes() {
    a.send(toLeft(), rtp(++sequence));
    return b.hear() == rtp(sequence);
  }
  // The call as it was, in a process that knew so much of the kernel's counts.
  void again(Engine& engine, Opened opened[2], const Address& hearer, const relay::StreamCount& counted) {
    const Address parties[2] = {a.address(), hearer};
    for (int side = 0; side < 2; ++side) {
      opened[side] = engine.open(0, 0, ports[side]);
      at(engine, opened[side], parties[side], parties[side].port());
    }
    engine.join(opened[0].stream, opened[1].stream);
    engine.join(opened[1].stream, opened[0].stream);
    engine.takeOver(opened[0].stream, counted);
    engine.takeOver(opened[1].stream, {});
    engine.settle();
  }

 private:
  [[noreturn]] void live(int say) {
    Engine engine(options(host_), [](const relay::Event&) {});
    const Opened left = engine.open(0, 0), right = engine.open(0, 0);
    at(engine, left, a.address(), a.address().port());
    at(engine, right, b.address(), b.address().port());
    engine.join(left.stream, right.stream);
    const uint16_t both[2] = {left.port, right.port};
    if (write(say, both, sizeof both) != sizeof both) _exit(1);
    for (;;) pause();
  }

  const char* host_;
};

void isCleared(const char* host, const char* phones) {
  Killed killed(host, phones);
  { Engine next(options(host), [](const relay::Event&) {}); }
  check(inKernel(killed.toLeft()) == 0 && access(folder.c_str(), F_OK) != 0, "who knows nothing of it clears it, and at its end all is gone");
}

void isTakenOver(const char* host, const char* phones) {
  Killed killed(host, phones);
  relay::EngineOptions inherits = options(host);
  inherits.inherits = true;
  {
    Engine engine(inherits, [](const relay::Event&) {});
    for (int count = 0; count < 10; ++count) check(killed.passes(), "while the next one starts, forwarding goes on");
    const uint64_t before = inKernel(killed.toLeft()) - 1;
    Opened opened[2];
    killed.again(engine, opened, killed.b.address(), {});
    for (int count = 0; count < 10; ++count) check(killed.passes(), "and after, in the kernel");
    const relay::Row row = engine.counters().ofStream(opened[0].stream);
    check(eventually([&] { return row.get(relay::PACKETS) == double(before + 10); }), "what was forwarded meanwhile is counted");
    check(row.get(relay::SSRC) == 7 && row.get(relay::BYTES) > 171 * double(before), "with its bytes and its source");
    check(inKernel(killed.toLeft()) == before + 11, "by the entry that was there");
    ++killed.sequence;
    check(killed.passes() && eventually([&] { return row.get(relay::LOST) == 1; }), "loss is counted from here on");
    engine.sift(opened[0].stream, {relay::Voice::pass, false});
    check(eventually([&] { return inKernel(killed.toLeft()) == 0; }), "it is taken back as any");
    check(killed.passes(), "and passes the thread");
  }
}

// What was counted before is not counted again, however many lives ago.
void isTakenOverInPart(const char* host, const char* phones) {
  Killed killed(host, phones);
  relay::EngineOptions inherits = options(host);
  inherits.inherits = true;
  Engine engine(inherits, [](const relay::Event&) {});
  Opened opened[2];
  const uint64_t before = inKernel(killed.toLeft()) - 1;
  check(before == killed.sequence - 1u, "the kernel counts on from what had passed the thread");
  killed.again(engine, opened, killed.b.address(), {5, 5 * 172});
  const relay::Row row = engine.counters().ofStream(opened[0].stream);
  check(eventually([&] { return row.get(relay::PACKETS) == double(before - 5); }), "what was not known is counted");
  engine.sift(opened[0].stream, {relay::Voice::pass, false});
  check(eventually([&] { return inKernel(killed.toLeft()) == 0; }) && killed.passes(), "when the thread has had the stream");
  engine.sift(opened[0].stream, {});
  check(eventually([&] { return killed.passes() && inKernel(killed.toLeft()) > 0; }), "and the kernel has it again");
  check(inKernel(killed.toLeft()) - 1 == killed.sequence - 1u, "it counts on from all there was");
}

void isNotTakenOver(const char* host, const char* phones) {
  Killed killed(host, phones);
  relay::EngineOptions inherits = options(host);
  inherits.inherits = true;
  Engine engine(inherits, [](const relay::Event&) {});
  Opened opened[2];
  Phone elsewhere(phones);
  killed.again(engine, opened, elsewhere.address(), {});
  check(eventually([&] { return inKernel(killed.toLeft()) == 0; }), "a hearer that is not where the kernel sends is the thread's");
  killed.a.send(killed.toLeft(), rtp(++killed.sequence));
  check(elsewhere.hear() == rtp(killed.sequence), "and heard from the next packet on");
}

// As a network card computes checksums, or as a machine without one has them in the packet.
void checksums(bool offloaded) {
  ifreq request = {};
  strcpy(request.ifr_name, "phones");
  ethtool_value value = {ETHTOOL_STXCSUM, offloaded};
  request.ifr_data = reinterpret_cast<char*>(&value);
  setns(phoneNamespace, CLONE_NEWNET);
  const int any = socket(AF_INET, SOCK_DGRAM, 0);
  check(ioctl(any, SIOCETHTOOL, &request) == 0, "checksums can be made by hand");
  close(any);
  setns(relayNamespace, CLONE_NEWNET);
}

bool makeNetwork() {
  int ready[2];
  if (pipe(ready) != 0) return false;
  const pid_t other = fork();
  if (other == 0) {
    const char done = unshare(CLONE_NEWNET) == 0 ? 'y' : 'n';
    if (write(ready[1], &done, 1) == 1) pause();
    _exit(0);
  }
  char done = 'n';
  const bool told = read(ready[0], &done, 1) == 1 && done == 'y';
  const std::string pid = std::to_string(other), inside = "nsenter -t " + pid + " -n ip ";
  phoneNamespace = open(("/proc/" + pid + "/ns/net").c_str(), O_RDONLY);
  relayNamespace = open("/proc/self/ns/net", O_RDONLY);
  const bool made = told && run("ip link add relay type veth peer name phones netns " + pid) &&
                    run("ip addr add 10.97.0.2/24 dev relay && ip addr add fd97::2/64 dev relay nodad && ip link set relay up && ip link set lo up") &&
                    run(inside + "addr add 10.97.0.1/24 dev phones") && run(inside + "addr add fd97::1/64 dev phones nodad") &&
                    run(inside + "link set phones up");
  kill(other, SIGKILL);
  waitpid(other, nullptr, 0);
  return made;
}

// The kernel's own refusals, and what a developer's machine may lack; CI has all of it.
int skip(const char* reason, bool forbidden) {
  std::fprintf(stderr, "  skipped: %s\n", reason);
  return forbidden || getenv("CI") == nullptr ? 0 : 1;
}

}  // namespace

int main() {
  const int map = relay::bpf::createHash(4, 4, 1);
  if (map < 0) return skip("the kernel forbids BPF here", true);
  close(map);
  if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) return skip("no namespaces", true);
  char place[] = "/tmp/strowger-bpf-XXXXXX";
  if (mkdtemp(place) == nullptr || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return skip("no mounts of one's own", true);
  bpffs = place;
  folder = bpffs + "/strowger/test";
  if (!makeNetwork()) return skip("ip (iproute2) and nsenter (util-linux) make no veth pair", false);
  for (const bool offloaded : {true, false}) {
    checksums(offloaded);
    forwards("10.97.0.2", "10.97.0.1");
    forwards("fd97::2", "fd97::1");
  }
  isCleared("10.97.0.2", "10.97.0.1");
  for (const auto& [host, phones] : {std::pair{"10.97.0.2", "10.97.0.1"}, std::pair{"fd97::2", "fd97::1"}}) isTakenOver(host, phones);
  isTakenOverInPart("10.97.0.2", "10.97.0.1");
  isNotTakenOver("10.97.0.2", "10.97.0.1");
  umount2(place, MNT_DETACH);
  rmdir(place);
  return failures > 0;
}
