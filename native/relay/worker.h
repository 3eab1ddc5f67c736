// A packet thread: waits on the sockets of its streams and moves what comes. It allocates nothing and takes no lock for a packet.
#pragma once
#include <atomic>
#include <thread>
#include <vector>

#include "batch.h"
#include "command.h"
#include "counters.h"

namespace relay {

class Worker {
 public:
  // `streams` has one place for each stream of the engine; the thread touches only those it was told to open.
  // `closed` is called on the thread, when the sockets of a stream are closed and its place may be used again.
  Worker(Stream* streams, const Counters& counters, size_t number, EventSink sink, std::function<void(uint32_t)> closed);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void tell(const Command& command);
  // Closes what is open and ends the thread.
  void stop();

 private:
  void run();
  void obey();
  void obey(const Command& command);
  void open(const Command& command);
  void connect(Stream& stream, const Remote& remote);
  void close(uint32_t index, Stream& stream);
  void watchSocket(int socket, uint64_t mark);
  void wake();

  void receive(uint32_t index, bool onRtcp);
  void take(uint32_t index, Stream& stream, bool onRtcp, unsigned packet);
  void pass(uint32_t index, bool rtcp, unsigned packet);
  bool isTwin(const Stream& stream) const;
  void arrive(uint32_t index, Stream& stream, bool rtcp, unsigned packet);
  void heard(uint32_t index, Stream& stream, unsigned packet);
  void leave(Stream& stream, Stream& to, bool rtcp, unsigned packet);
  void count(Stream& to, bool rtcp, unsigned packet);
  void checkSilence();
  int waitMs() const;

  Stream* streams_;
  const Counters& counters_;
  Row total_;
  EventSink sink_;
  std::function<void(uint32_t)> closed_;
  CommandQueue queue_;
  std::vector<Command> commands_;
  std::vector<uint32_t> open_;
  Batch batch_;
  int64_t nowMicros_ = 0;
  int64_t nextCheck_ = 0;
  int epoll_;
  int wakeup_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace relay
