// Ports, places and threads; the packets are the workers'.
#include "engine.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "clock.h"
#include "sockets.h"

namespace relay {

namespace {
size_t pairsIn(const EngineOptions& options) {
  return PortPool(options.firstPort, options.lastPort, 0).size() * options.addresses.size();
}

std::string describe(const char* what, const Address& local, int error) {
  const std::string port = std::to_string(local.port());
  return std::string(what) + " " + local.text() + " port " + port + ": " + strerror(error) + " (" + errnoName(error) + ")";
}
}  // namespace

Engine::Engine(const EngineOptions& options, EventSink sink)
    : options_(options),
      size_(pairsIn(options)),
      counters_(options.threads, size_),
      streams_(new Stream[size_]),
      places_(size_) {
  for (size_t address = 0; address < options.addresses.size(); ++address) {
    pools_.emplace_back(options.firstPort, options.lastPort, options.restMs);
  }
  for (size_t place = size_; place > 0; --place) freePlaces_.push_back(static_cast<uint32_t>(place - 1));
  for (unsigned number = 0; number < options.threads; ++number) {
    const auto closed = [this](uint32_t stream) { this->closed(stream); };
    workers_.push_back(std::make_unique<Worker>(streams_.get(), counters_, number, sink, closed));
  }
}

Engine::~Engine() { stop(); }

void Engine::stop() {
  for (const auto& worker : workers_) worker->stop();
}

Trouble Engine::check() const {
  for (const std::string& address : options_.addresses) {
    const Address local = Address::parse(address, 0);
    if (!local.known()) return {"address-unavailable", "not an IPv4 or IPv6 address: " + address};
    const int made = bindUdp(local);
    if (made < 0) return {"address-unavailable", describe("bind", local, -made)};
    ::close(made);
  }
  return {};
}

Opened Engine::open(size_t address, unsigned thread, uint16_t port) {
  Opened opened;
  opened.port = port;
  const std::lock_guard<std::mutex> guard(lock_);
  int sockets[2];
  opened.trouble = port == 0 ? bindAny(address, opened, sockets) : bindThat(address, opened, sockets);
  if (!opened.trouble.code.empty()) return opened;
  opened.stream = freePlaces_.back();
  freePlaces_.pop_back();
  Place& place = places_[opened.stream];
  opened.generation = ++place.generation;
  place.thread = thread % threads();
  place.address = address;
  place.port = opened.port;
  place.used = true;
  counters_.ofStream(opened.stream).clear();
  Command command{Command::Kind::open, opened.stream};
  command.generation = opened.generation;
  command.rtpSocket = sockets[0];
  command.rtcpSocket = sockets[1];
  workers_[place.thread]->tell(command);
  return opened;
}

// Ports that another program holds are passed over, each once.
Trouble Engine::bindAny(size_t address, Opened& opened, int sockets[2]) {
  PortPool& pool = pools_[address];
  Trouble last = {"ports-exhausted", "no free pair of ports on " + options_.addresses[address]};
  for (size_t tries = 0; tries < pool.size(); ++tries) {
    const std::optional<uint16_t> port = pool.take(monotonicMs());
    if (!port) break;
    opened.port = *port;
    const Trouble trouble = bindPair(Address::parse(options_.addresses[address], *port), sockets);
    if (trouble.code.empty()) return trouble;
    pool.skip(*port);
    last.message = trouble.message;
    if (trouble.code != "EADDRINUSE") break;
  }
  return last;
}

Trouble Engine::bindThat(size_t address, Opened& opened, int sockets[2]) {
  const Address local = Address::parse(options_.addresses[address], opened.port);
  if (!pools_[address].takeThat(opened.port)) return {"ports-exhausted", "not free: " + local.text() + " port " + std::to_string(opened.port)};
  const Trouble trouble = bindPair(local, sockets);
  if (trouble.code.empty()) return trouble;
  pools_[address].skip(opened.port);
  return {"ports-exhausted", trouble.message};
}

Trouble Engine::bindPair(const Address& local, int sockets[2]) {
  sockets[0] = bindUdp(local);
  sockets[1] = sockets[0] < 0 ? sockets[0] : bindUdp(local.withPort(static_cast<uint16_t>(local.port() + 1)));
  if (sockets[1] >= 0) return {};
  if (sockets[0] >= 0) ::close(sockets[0]);
  return {errnoName(-sockets[1]), describe("bind", local, -sockets[1])};
}

void Engine::connect(uint32_t stream, const Remote& remote) {
  Command command{Command::Kind::connect, stream};
  command.remote = remote;
  tell(stream, command);
}

void Engine::join(uint32_t stream, uint32_t to) {
  if (stream >= size_ || (to != NOBODY && (to >= size_ || places_[to].thread != places_[stream].thread))) return;
  Command command{Command::Kind::join, stream};
  command.to = to;
  tell(stream, command);
}

bool Engine::twin(uint32_t stream, uint32_t other) {
  if (stream >= size_ || (other != NOBODY && (other >= size_ || places_[other].thread != places_[stream].thread))) return false;
  Command command{Command::Kind::twin, stream};
  command.to = other;
  tell(stream, command);
  return true;
}

void Engine::mark(uint32_t stream, uint8_t tos) {
  Command command{Command::Kind::mark, stream};
  command.tos = tos;
  tell(stream, command);
}

void Engine::watch(uint32_t stream, int64_t silenceMs) {
  Command command{Command::Kind::watch, stream};
  command.silenceMs = silenceMs;
  tell(stream, command);
}

void Engine::close(uint32_t stream) { tell(stream, Command{Command::Kind::close, stream}); }

void Engine::tell(uint32_t stream, const Command& command) {
  const std::lock_guard<std::mutex> guard(lock_);
  if (stream < size_ && places_[stream].used) workers_[places_[stream].thread]->tell(command);
}

void Engine::closed(uint32_t stream) {
  const std::lock_guard<std::mutex> guard(lock_);
  Place& place = places_[stream];
  place.used = false;
  pools_[place.address].giveBack(place.port, monotonicMs());
  freePlaces_.push_back(stream);
}

size_t Engine::portsInUse() {
  const std::lock_guard<std::mutex> guard(lock_);
  return size_ - freePlaces_.size();
}

}  // namespace relay
