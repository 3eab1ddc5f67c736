// The relay engine as its owner sees it: streams by number, opened, connected, joined and closed. One owner thread.
#pragma once
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "command.h"
#include "counters.h"
#include "port-pool.h"
#include "worker.h"

namespace relay {

struct EngineOptions {
  // Local addresses; `open` names one by its place.
  std::vector<std::string> addresses;
  // Inclusive.
  uint16_t firstPort = 10000;
  uint16_t lastPort = 29999;
  unsigned threads = 1;
  // How long a closed pair of ports rests.
  int64_t restMs = 1000;
  // Under load a thread leaves its sockets alone for so long at most, so that one wake-up brings packets of many streams. 0: never.
  uint32_t shareWakeUpsUs = 0;
  // So many closed pairs stay bound, for opening and closing sockets is most of what a call costs. Each is two files.
  size_t keptPairs = 0;
  // Threads that sleep obey within 10 ms, or with their next packet, not at once: one wake-up for many commands.
  bool wakeLater = false;
  // A folder below `bpffs` for the kernel's share of the work; empty: everything passes the threads.
  std::string fastPath;
  std::string bpffs = "/sys/fs/bpf";
  // What the kernel forwards for an earlier process it goes on with until `settle`; else it ends at once.
  bool inherits = false;
};

// `code` is empty when all is well, else a code of RelayError or an errno name.
struct Trouble {
  std::string code;
  std::string message;
};

struct Opened {
  Trouble trouble;
  uint32_t stream = NOBODY;
  uint32_t generation = 0;
  uint16_t port = 0;
};

class Engine {
 public:
  Engine(const EngineOptions& options, EventSink sink);
  ~Engine();
  // That each address is of this machine. Call it first; the engine is of no use when there is trouble.
  Trouble check() const;

  // A pair of bound sockets on `address`, served by thread `thread % threads`.
  // `port` asks for that one, which a session had before a restart; 0 takes any.
  Opened open(size_t address, unsigned thread, uint16_t port = 0);
  void connect(uint32_t stream, const Remote& remote);
  // Both must have been opened on one thread. NOBODY undoes, the stream itself makes an echo.
  void join(uint32_t stream, uint32_t to);
  // The two are each other's party: what is sent from one arrives at the other without the kernel. NOBODY undoes. False, and nothing
  // done, when they are not of one thread.
  bool twin(uint32_t stream, uint32_t other);
  // DSCP and ECN of what is sent from there.
  void mark(uint32_t stream, uint8_t tos);
  // What of the party's RTP goes on.
  void sift(uint32_t stream, Sieve sieve);
  void watch(uint32_t stream, int64_t silenceMs);
  // After a restart, once the stream and all that hear it are as they were: what the kernel still forwards for it goes on.
  // `counted`: by earlier processes, as far as is known.
  void takeOver(uint32_t stream, const StreamCount& counted);
  // All that are there again have been taken over: what else the kernel forwards ends.
  void settle();
  // The counters stay readable until the place is used again.
  void close(uint32_t stream);
  void stop();

  // Why the kernel forwards nothing; empty when it does, or was not asked to.
  std::string fastPathTrouble() const { return fastPath_ == nullptr ? "" : fastPath_->trouble(); }

  const Counters& counters() const { return counters_; }
  unsigned threads() const { return static_cast<unsigned>(workers_.size()); }
  // Pairs of ports of streams that are open, or closed but not yet by their thread.
  size_t portsInUse();

 private:
  struct Place {
    unsigned thread = 0;
    uint32_t generation = 0;
    size_t address = 0;
    uint16_t port = 0;
    bool used = false;
    // The thread does not wait on its sockets yet.
    bool fresh = false;
    int sockets[2] = {-1, -1};
  };
  // A place whose sockets stayed bound, and when they have rested.
  struct Kept {
    uint32_t place;
    int64_t readyAt;
  };
  // The pair of that address and thread that has rested longest, or that of `port`; NOBODY where there is none.
  uint32_t takeKept(size_t address, unsigned thread, uint16_t port);
  // A place with a fresh pair, or trouble.
  Trouble bindPlace(size_t address, unsigned thread, uint16_t port, uint32_t& stream);
  // When all are in use or kept, the threads let go of what they keep and close what they were told to, for those who ask next.
  void letGo(size_t address);
  void unbind(Place& place);
  Trouble bindAny(size_t address, uint16_t& port, int sockets[2]);
  Trouble bindThat(size_t address, uint16_t port, int sockets[2]);
  Trouble bindPair(const Address& local, int sockets[2]);
  void tell(uint32_t stream, const Command& command);
  void tell(uint32_t stream, const Command& command, bool later);
  // On a packet thread, of a stream that was closed or is to be let go. Returns whether its sockets stay.
  bool closed(uint32_t stream);

  EngineOptions options_;
  size_t size_;
  Counters counters_;
  std::unique_ptr<Stream[]> streams_;
  std::vector<Place> places_;
  // Guards what `closed` gives back: pools and places. No packet waits for it.
  std::mutex lock_;
  std::vector<PortPool> pools_;
  std::vector<uint32_t> freePlaces_;
  // By address and thread.
  std::vector<std::deque<Kept>> kept_;
  size_t keptPairs_ = 0;
  size_t used_ = 0;
  std::unique_ptr<FastPath> fastPath_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace relay
