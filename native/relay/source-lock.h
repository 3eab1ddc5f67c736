// Decides from whom one socket accepts packets and to whom its side's packets go: symmetric RTP with a lock. RFC 4961 §4.
//
// A source is worth more the more it looks like the party that was announced; the best one heard first is kept.
// Before the lock the announced address is sent to. After it everybody else is foreign, except that the announced address itself
// takes over with as many packets as a lock takes, and anybody known takes over from a stranger (`strict` and `handover` say otherwise).
// A stranger is heard only when nobody
// known has spoken for a while (`strangerPatienceMs`): who sprays packets before the party speaks has gained nothing.
#pragma once
#include <cstdint>

#include "address.h"

namespace relay {

// exact: the announced address and port only. host: also other ports of the announced and the signalling host. any: also strangers.
enum class Learn : uint8_t { exact, host, any };
enum class Verdict : uint8_t { accept, learned, foreign };

class SourceLock {
 public:
  explicit SourceLock(uint8_t packetsToLock = 3, int64_t strangerPatienceMs = 500)
      : strangerPatienceMs_(strangerPatienceMs), packetsToLock_(packetsToLock) {}

  struct Announced {
    // Of the SDP; may be unknown.
    Address media;
    // Where the signalling came from; may be unknown.
    Address signalling;
    Learn learn = Learn::any;
    // False where packets may go to `media` only after it has sent some (RFC 3550 says nothing of it; reflection attacks do).
    bool sendable = true;
    // Who is known and locked to stays: not even the announced address takes over.
    bool strict = false;
    // Anybody who may be learned takes over as soon as the locked one has been silent for a while. `strict` wins.
    bool handover = false;
    // The party listens where it was announced, wherever it sends from.
    bool asymmetric = false;
  };

  // The same announcement again changes nothing; another one opens the lock.
  void announce(const Announced& announced);
  // The party is known to send from there: locked, as if its packets had come. Only what could be learned counts.
  void assume(const Address& from);
  // The host that the sister socket (RTP for RTCP) is locked to counts as known.
  void trust(const Address& host) { sister_ = host; }
  // `nowMs` of any clock that only goes forward.
  Verdict receive(const Address& from, int64_t nowMs = 0);

  // Where to send; not `known()` while there is nowhere.
  const Address& target() const { return target_; }
  // Where packets come from; known once `locked()`.
  const Address& source() const { return source_; }
  // Its source may change without an announcement.
  bool movable() const { return announced_.handover && !announced_.strict; }
  bool locked() const { return locked_; }

 private:
  enum Worth : uint8_t { nothing, stranger, sameHost, samePort, announcedItself };
  Worth worthOf(const Address& from) const;
  bool mayTakeOver(Worth worth) const;
  Verdict handOver(const Address& from, int64_t nowMs);
  void lock(const Address& from, Worth worth);
  Verdict count(const Address& from, Worth worth);
  bool tooEarly(Worth worth, int64_t nowMs);

  Announced announced_;
  Address sister_;
  Address candidate_;
  Address target_;
  Address source_;
  // When the first stranger spoke; -1 while none did, or somebody known has since.
  int64_t strangerSince_ = -1;
  // When the locked one spoke last.
  int64_t heardAt_ = 0;
  int64_t strangerPatienceMs_;
  Worth candidateWorth_ = nothing;
  Worth lockedWorth_ = nothing;
  uint8_t packetsToLock_;
  uint8_t heard_ = 0;
  bool open_ = false;
  bool locked_ = false;
};

}  // namespace relay
