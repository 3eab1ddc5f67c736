// Streams that the kernel forwards by itself: which they are, and what it counted. The program is ../bpf/relay.bpf.c.
// Its map and its links are pinned, so that forwarding outlives this process; they go when `end` is called.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "../bpf/flow.h"
#include "address.h"
#include "stream.h"

namespace relay {

class FastPath {
 public:
  // `folder` below a bpffs, which is mounted at `bpffs` where it is not. Addresses of lo are left to the sockets: nothing is won there.
  FastPath(const std::vector<std::string>& addresses, const std::string& bpffs, const std::string& folder);
  ~FastPath();
  FastPath(const FastPath&) = delete;
  FastPath& operator=(const FastPath&) = delete;

  // Why the kernel forwards nothing; empty when it does.
  const std::string& trouble() const { return trouble_; }
  bool on() const { return trouble_.empty(); }

  struct Way {
    // Where packets arrive, from whom, and of which source (RFC 3550 §5.1).
    Address local;
    Address source;
    uint32_t ssrc = 0;
    uint16_t sequence = 0;
    // From where they go on, and to whom.
    Address from;
    Address to;
    uint8_t tos = 0;
    // A payload type that is the thread's to see; above 127 for none.
    uint8_t eventType = 255;
    // Counted so far.
    StreamCount counted;
  };
  // Any thread, each `local` only one. False when these packets cannot stay in the kernel.
  bool install(const Way& way);
  bool read(const Address& local, flow& into) const;
  // Afterwards packets come to the socket again. False when there was none.
  bool remove(const Address& local, flow& last);
  // From whom, as an entry has it.
  static Address sourceOf(const flow& entry);
  // Whether that is what it does; what it counted aside.
  static bool does(const flow& entry, const Way& way);
  // What an earlier process left behind, apart from what is kept.
  void removeLeft(const std::function<bool(const Address& local)>& isKept);
  // Removes the pins: without this process nothing is forwarded any more.
  void end();

 private:
  std::string open(const std::vector<std::string>& addresses, const std::string& bpffs);
  std::string attachTo(uint32_t interfaceIndex);
  static bool entryOf(const Way& way, flow& entry);

  std::string folder_;
  std::string trouble_;
  int map_ = -1;
  int program_ = -1;
  std::vector<int> links_;
  std::vector<std::string> pins_;
};

}  // namespace relay
