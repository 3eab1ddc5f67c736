// Ports, places and threads; the packets are the workers'.
#include "engine.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

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
      places_(size_),
      kept_(options.addresses.size() * options.threads) {
  for (size_t address = 0; address < options.addresses.size(); ++address) {
    pools_.emplace_back(options.firstPort, options.lastPort, options.restMs);
  }
  for (size_t place = size_; place > 0; --place) freePlaces_.push_back(static_cast<uint32_t>(place - 1));
  if (!options.fastPath.empty()) {
    fastPath_ = std::make_unique<FastPath>(options.addresses, options.bpffs, options.fastPath);
    if (!options.inherits) settle();
  }
  FastPath* const fastPath = fastPath_ != nullptr && fastPath_->on() ? fastPath_.get() : nullptr;
  for (unsigned number = 0; number < options.threads; ++number) {
    const auto closed = [this](uint32_t stream) { return this->closed(stream); };
    workers_.push_back(std::make_unique<Worker>(streams_.get(), counters_, number, sink, closed, uint64_t{options.shareWakeUpsUs} * 1000,
                                                fastPath));
  }
}

Engine::~Engine() { stop(); }

void Engine::stop() {
  for (const auto& worker : workers_) worker->stop();
  for (Place& place : places_) unbind(place);
  if (fastPath_ != nullptr) fastPath_->end();
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
  const std::lock_guard<std::mutex> guard(lock_);
  opened.stream = takeKept(address, thread % threads(), port);
  if (opened.stream == NOBODY) opened.trouble = bindPlace(address, thread % threads(), port, opened.stream);
  if (!opened.trouble.code.empty()) return opened;
  Place& place = places_[opened.stream];
  opened.generation = ++place.generation;
  opened.port = place.port;
  place.used = true;
  ++used_;
  counters_.ofStream(opened.stream).clear();
  Command command{Command::Kind::open, opened.stream};
  command.generation = opened.generation;
  command.rtpSocket = place.sockets[0];
  command.rtcpSocket = place.sockets[1];
  command.fresh = place.fresh;
  command.local = Address::parse(options_.addresses[address], place.port);
  place.fresh = false;
  workers_[place.thread]->tell(command, options_.wakeLater);
  if (command.fresh) workers_[place.thread]->watchSockets(opened.stream, place.sockets);
  return opened;
}

uint32_t Engine::takeKept(size_t address, unsigned thread, uint16_t port) {
  std::deque<Kept>& kept = kept_[address * threads() + thread];
  auto found = kept.begin();
  if (port != 0) found = std::find_if(found, kept.end(), [&](const Kept& one) { return places_[one.place].port == port; });
  if (found == kept.end() || (port == 0 && found->readyAt > monotonicMs())) return NOBODY;
  const uint32_t place = found->place;
  kept.erase(found);
  --keptPairs_;
  return place;
}

Trouble Engine::bindPlace(size_t address, unsigned thread, uint16_t port, uint32_t& stream) {
  int sockets[2];
  const Trouble trouble = port == 0 ? bindAny(address, port, sockets) : bindThat(address, port, sockets);
  if (!trouble.code.empty()) {
    letGo(address);
    return trouble;
  }
  stream = freePlaces_.back();
  freePlaces_.pop_back();
  Place& place = places_[stream];
  place.thread = thread;
  place.address = address;
  place.port = port;
  place.fresh = true;
  place.sockets[0] = sockets[0];
  place.sockets[1] = sockets[1];
  return {};
}

void Engine::letGo(size_t address) {
  for (unsigned thread = 0; thread < threads(); ++thread) {
    for (uint32_t place; (place = takeKept(address, thread, 0)) != NOBODY;) {
      workers_[thread]->tell(Command{Command::Kind::letGo, place}, true);
    }
    workers_[thread]->wakeIn(1);
  }
}

// A socket that is closed is no longer waited on.
void Engine::unbind(Place& place) {
  for (int& socket : place.sockets) {
    if (socket >= 0) ::close(socket);
    socket = -1;
  }
}

// Ports that another program holds are passed over, each once.
Trouble Engine::bindAny(size_t address, uint16_t& bound, int sockets[2]) {
  PortPool& pool = pools_[address];
  Trouble last = {"ports-exhausted", "no free pair of ports on " + options_.addresses[address]};
  for (size_t tries = 0; tries < pool.size(); ++tries) {
    const std::optional<uint16_t> port = pool.take(monotonicMs());
    if (!port) break;
    bound = *port;
    const Trouble trouble = bindPair(Address::parse(options_.addresses[address], *port), sockets);
    if (trouble.code.empty()) return trouble;
    pool.skip(*port);
    last.message = trouble.message;
    if (trouble.code != "EADDRINUSE") break;
  }
  return last;
}

Trouble Engine::bindThat(size_t address, uint16_t port, int sockets[2]) {
  const Address local = Address::parse(options_.addresses[address], port);
  if (!pools_[address].takeThat(port)) return {"ports-exhausted", "not free: " + local.text() + " port " + std::to_string(port)};
  const Trouble trouble = bindPair(local, sockets);
  if (trouble.code.empty()) return trouble;
  pools_[address].skip(port);
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

void Engine::sift(uint32_t stream, Sieve sieve) {
  Command command{Command::Kind::sift, stream};
  command.sieve = sieve;
  // At once: the kernel may forward what is to be held back.
  tell(stream, command, false);
}

void Engine::watch(uint32_t stream, int64_t silenceMs) {
  Command command{Command::Kind::watch, stream};
  command.silenceMs = silenceMs;
  tell(stream, command);
}

void Engine::takeOver(uint32_t stream, const StreamCount& counted) {
  Command command{Command::Kind::takeOver, stream};
  command.counted = counted;
  tell(stream, command);
}

void Engine::settle() {
  if (fastPath_ == nullptr) return;
  const std::lock_guard<std::mutex> guard(lock_);
  std::set<std::string> kept;
  const auto name = [](const Address& local) { return local.text() + ' ' + std::to_string(local.port()); };
  for (const Place& place : places_) {
    if (place.used) kept.insert(name(Address::parse(options_.addresses[place.address], place.port)));
  }
  fastPath_->removeLeft([&](const Address& local) { return kept.count(name(local)) > 0; });
}

void Engine::close(uint32_t stream) { tell(stream, Command{Command::Kind::close, stream}); }

void Engine::tell(uint32_t stream, const Command& command) { tell(stream, command, options_.wakeLater); }

void Engine::tell(uint32_t stream, const Command& command, bool later) {
  const std::lock_guard<std::mutex> guard(lock_);
  if (stream < size_ && places_[stream].used) workers_[places_[stream].thread]->tell(command, later);
}

bool Engine::closed(uint32_t stream) {
  const std::lock_guard<std::mutex> guard(lock_);
  Place& place = places_[stream];
  const bool used = place.used;
  place.used = false;
  if (used) --used_;
  if (used && keptPairs_ < options_.keptPairs) {
    kept_[place.address * threads() + place.thread].push_back({stream, monotonicMs() + options_.restMs});
    ++keptPairs_;
    return true;
  }
  unbind(place);
  if (used) pools_[place.address].giveBack(place.port, monotonicMs());
  else pools_[place.address].skip(place.port);
  freePlaces_.push_back(stream);
  return false;
}

size_t Engine::portsInUse() {
  const std::lock_guard<std::mutex> guard(lock_);
  return used_;
}

}  // namespace relay
