// A packet thread: waits on the sockets of its streams and moves what comes. It allocates nothing and takes no lock for a packet.
#pragma once
#include <atomic>
#include <thread>
#include <vector>

#include "../udp/sharing.h"
#include "command.h"
#include "counters.h"
#include "fast-path.h"
#include "packet.h"

namespace relay {

class Worker {
 public:
  // `streams` has one place for each stream of the engine; the thread touches only those it was told to open.
  // `closed` is called on the thread, when a stream hears nobody any more and its place may be used again; false when its sockets are gone.
  // `shareNs`: under load sockets are left alone for so long at most, so that one wake-up brings packets of many streams; 0 never.
  // `fastPath`, where there is one, takes what the kernel can forward by itself.
  Worker(Stream* streams, const Counters& counters, size_t number, EventSink sink, std::function<bool(uint32_t)> closed, uint64_t shareNs,
         FastPath* fastPath);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Obeyed before the next packet. A thread that sleeps is woken at once, or with `later` within 10 ms: many commands, one wake-up.
  void tell(const Command& command, bool later);
  // A thread that sleeps looks in so many ns what it was told.
  void wakeIn(long ns);
  // Of a stream that it was told to open.
  void watchSockets(uint32_t stream, const int sockets[2]);
  // Ends the streams and the thread; the sockets are their owner's.
  void stop();

 private:
  void run();
  void obey();
  void obey(const Command& command);
  void open(const Command& command);
  void connect(Stream& stream, const Remote& remote);
  void close(uint32_t index, Stream& stream);
  void letGo(uint32_t index, Stream& stream);
  void watchSocket(int socket, uint64_t mark);

  unsigned round(int waitMs);
  void share(uint64_t wokeNs, unsigned packets);
  bool receive(uint32_t index, bool onRtcp);
  void take(uint32_t index, Stream& stream, bool onRtcp);
  void pass(uint32_t index, bool rtcp);
  bool sift(const Stream& stream);
  bool isTwin(const Stream& stream) const;
  void arrive(uint32_t index, Stream& stream, bool rtcp);
  void heard(uint32_t index, Stream& stream);
  void leave(Stream& stream, Stream& to, bool rtcp);
  void count(Stream& to, bool rtcp);
  void leaveToKernel(uint32_t index, Stream& stream);
  void takeOver(uint32_t index, const StreamCount& counted);
  bool wayOf(const Stream& stream, FastPath::Way& way) const;
  void isKernels(uint32_t index, const FastPath::Way& way);
  void takeBack(uint32_t index);
  void takeBackAround(uint32_t index);
  void readKernel();
  void credit(Stream& stream, const flow& now);
  void checkSilence();
  int waitMs() const;

  Stream* streams_;
  const Counters& counters_;
  Row total_;
  EventSink sink_;
  std::function<bool(uint32_t)> closed_;
  CommandQueue queue_;
  std::vector<Command> commands_;
  std::vector<uint32_t> open_;
  FastPath* fastPath_;
  std::vector<uint32_t> inKernel_;
  size_t kernelReader_ = 0;
  int64_t nextKernelRead_ = 0;
  Packet packet_;
  udp::Sharing sharing_;
  // Read once for all packets of a wake-up.
  int64_t nowMicros_ = 0;
  int64_t nowWallMs_ = 0;
  int64_t nextCheck_ = 0;
  int epoll_;
  int wakeup_;
  std::atomic<bool> ending_{false};
  // It will wake for what it was told.
  std::atomic<bool> timed_{false};
  std::thread thread_;
};

}  // namespace relay
