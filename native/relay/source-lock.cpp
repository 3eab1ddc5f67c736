// Symmetric RTP with a lock. RFC 4961 §4.
#include "source-lock.h"

namespace relay {

void SourceLock::announce(const Announced& announced) {
  const bool same = open_ && announced.media == announced_.media && announced.learn == announced_.learn && announced.asymmetric == announced_.asymmetric;
  announced_ = announced;
  if (same && locked_) return;
  open_ = true;
  locked_ = false;
  candidate_ = Address();
  candidateWorth_ = lockedWorth_ = nothing;
  heard_ = 0;
  strangerSince_ = -1;
  target_ = announced.sendable ? announced.media : Address();
  source_ = Address();
}

void SourceLock::assume(const Address& from) {
  const Worth worth = open_ ? worthOf(from) : nothing;
  if (worth == nothing) return;
  lock(from, worth);
}

// An asymmetric party is sent to where it was announced, and only once it spoke from there where that is not to be believed.
void SourceLock::lock(const Address& from, Worth worth) {
  locked_ = true;
  lockedWorth_ = worth;
  source_ = from;
  if (!announced_.asymmetric || worth == announcedItself) target_ = from;
}

Verdict SourceLock::receive(const Address& from, int64_t nowMs) {
  if (locked_ && from == source_) {
    heardAt_ = nowMs;
    return Verdict::accept;
  }
  if (locked_ && movable()) return handOver(from, nowMs);
  const Worth worth = open_ ? worthOf(from) : nothing;
  if (worth == nothing || (locked_ && !mayTakeOver(worth))) return Verdict::foreign;
  if (tooEarly(worth, nowMs)) return Verdict::foreign;
  heardAt_ = nowMs;
  return count(from, worth);
}

// While the locked one speaks nobody takes over: a phone that moves to another network is silent in the old one.
Verdict SourceLock::handOver(const Address& from, int64_t nowMs) {
  const Worth worth = worthOf(from);
  if (worth == nothing || nowMs - heardAt_ < strangerPatienceMs_) return Verdict::foreign;
  heardAt_ = nowMs;
  lock(from, worth);
  return Verdict::learned;
}

bool SourceLock::tooEarly(Worth worth, int64_t nowMs) {
  if (worth != stranger) {
    strangerSince_ = -1;
    return false;
  }
  if (strangerSince_ < 0) strangerSince_ = nowMs;
  return nowMs - strangerSince_ < strangerPatienceMs_;
}

// A better source starts the count again; an equal or worse one is foreign while the better one is being counted.
Verdict SourceLock::count(const Address& from, Worth worth) {
  if (worth > candidateWorth_) {
    candidate_ = from;
    candidateWorth_ = worth;
    heard_ = 0;
  } else if (from != candidate_) {
    return Verdict::foreign;
  }
  const bool stranger = worth == Worth::stranger;
  const bool fromStranger = locked_ && lockedWorth_ == Worth::stranger;
  if (++heard_ < packetsToLock_ && !fromStranger) return stranger || locked_ ? Verdict::foreign : Verdict::accept;
  const bool moved = from != (source_.known() ? source_ : target_);
  lock(from, worth);
  candidateWorth_ = nothing;
  heard_ = 0;
  return moved ? Verdict::learned : Verdict::accept;
}

bool SourceLock::mayTakeOver(Worth worth) const {
  if (announced_.strict && lockedWorth_ != stranger) return false;
  return worth > lockedWorth_ && (worth == announcedItself || lockedWorth_ == stranger);
}

SourceLock::Worth SourceLock::worthOf(const Address& from) const {
  if (from == announced_.media) return announcedItself;
  if (announced_.learn == Learn::exact) return nothing;
  const bool known = from.sameHost(announced_.media) || from.sameHost(announced_.signalling) || from.sameHost(sister_);
  if (known) return from.port() == announced_.media.port() ? samePort : sameHost;
  return announced_.learn == Learn::any ? stranger : nothing;
}

}  // namespace relay
