// Phones on loopback sockets, packets, and waiting for what comes: for tests of the whole relay engine.
#pragma once
#include <arpa/inet.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

#include "relay/engine.h"
#include "relay/sockets.h"
#include "relay_check.h"

using relay::Address;
using relay::Engine;
using relay::Event;
using relay::Opened;

namespace {

constexpr uint16_t FIRST_PORT = 31000;

class Phone {
 public:
  Phone() : socket_(relay::bindUdp(Address::parse("127.0.0.1", 0))) {
    socklen_t length = Address::CAPACITY;
    getsockname(socket_, address_.raw(), &length);
  }
  ~Phone() { close(socket_); }
  Phone(const Phone&) = delete;
  Phone& operator=(const Phone&) = delete;

  const Address& address() const { return address_; }
  void send(uint16_t port, const std::vector<uint8_t>& packet) {
    const Address to = Address::parse("127.0.0.1", port);
    check(sendto(socket_, packet.data(), packet.size(), 0, to.raw(), to.length()) == ssize_t(packet.size()), "a phone can send");
  }
  // Empty when nothing comes within two seconds.
  std::vector<uint8_t> hear(Address* from = nullptr) {
    pollfd waiting = {socket_, POLLIN, 0};
    if (poll(&waiting, 1, 2000) <= 0) return {};
    std::vector<uint8_t> packet(4096);
    Address sender;
    socklen_t length = Address::CAPACITY;
    packet.resize(size_t(recvfrom(socket_, packet.data(), packet.size(), 0, sender.raw(), &length)));
    if (from != nullptr) *from = sender;
    return packet;
  }

 private:
  int socket_;
  Address address_;
};

std::vector<uint8_t> rtp(uint16_t sequence, size_t bytes = 172) {
  std::vector<uint8_t> packet(bytes, 0xd5);
  const uint8_t head[12] = {0x80, 8, uint8_t(sequence >> 8), uint8_t(sequence), 0, 0, 0, 0, 0, 0, 0, 7};
  memcpy(packet.data(), head, sizeof head);
  return packet;
}

const std::vector<uint8_t> REPORT = {0x80, 201, 0, 1, 0, 0, 0, 7};

template <typename Condition>
bool eventually(Condition holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    poll(nullptr, 0, 1);
  }
  return true;
}

struct Heard {
  std::mutex lock;
  std::map<Event::Kind, int> counts;
  int of(Event::Kind kind) {
    const std::lock_guard<std::mutex> guard(lock);
    return counts[kind];
  }
};

relay::EngineOptions options(unsigned pairs, unsigned threads = 1) {
  relay::EngineOptions made;
  made.addresses = {"127.0.0.1"};
  made.firstPort = FIRST_PORT;
  made.lastPort = uint16_t(FIRST_PORT + 2 * pairs - 1);
  made.threads = threads;
  made.restMs = 0;
  return made;
}

relay::EventSink into(Heard& heard) {
  return [&heard](const Event& event) {
    const std::lock_guard<std::mutex> guard(heard.lock);
    ++heard.counts[event.kind];
  };
}

void at(Engine& engine, const Opened& opened, const Address& rtp, const Address& rtcp, bool mux = false) {
  relay::Remote remote;
  remote.rtp = {rtp, {}, relay::Learn::any, true};
  remote.rtcp = {rtcp, {}, relay::Learn::any, true};
  remote.mux = mux;
  engine.connect(opened.stream, remote);
}

}  // namespace
