// One RTP stream's end at the relay: a pair of sockets, the party behind them, and the stream that hears what it says.
// A stream belongs to one thread for its whole life, and so does every stream it is joined to.
#pragma once
#include <cstdint>

#include "counters.h"
#include "receive-stats.h"
#include "round-trip.h"
#include "sieve.h"
#include "source-lock.h"
#include "telephone-events.h"

namespace relay {

constexpr uint32_t NOBODY = UINT32_MAX;

// What the control side tells of the party: its SDP.
struct Remote {
  SourceLock::Announced rtp;
  SourceLock::Announced rtcp;
  // RTCP goes to, and comes from, the RTP port (RFC 5761).
  bool mux = false;
  // Not RTP (T.38): everything passes.
  bool raw = false;
  // Hz, for jitter.
  uint32_t clockRate = 8000;
  // Payload type of telephone events (RFC 4733).
  uint8_t eventType = TelephoneEvents::NONE;
  // Where the party is known to send from already, though nothing of it came to this socket yet.
  Address learned;
};

// RTP of one party.
struct StreamCount {
  uint64_t packets = 0;
  uint64_t bytes = 0;
};

struct Stream {
  bool open = false;
  // Counts the uses of this place, so that an event of an earlier use is known as such.
  uint32_t generation = 0;
  // Its owner's; the thread only waits on them, and goes on doing so while the place waits for its next use.
  int rtpSocket = -1;
  int rtcpSocket = -1;
  // Who hears this party, and which use of that place was meant: a closed stream's place may serve another call by now.
  uint32_t to = NOBODY;
  uint32_t toGeneration = 0;
  // The stream that is this one's party, in another session of this relay: passage.cpp.
  uint32_t twin = NOBODY;
  uint32_t twinGeneration = 0;
  // Of what is sent to the party.
  uint8_t tos = 0;
  bool mux = false;
  bool raw = false;
  uint32_t clockRate = 8000;
  SourceLock rtp;
  // Reports come every few seconds, and only from hosts that are known: the first one is enough.
  SourceLock rtcp{1};
  ReceiveStats stats;
  RoundTrip roundTrip;
  TelephoneEvents events;
  // Of what the party says.
  Sieve sieve;
  Row row;
  // 0: nobody asks. Silence is counted from the last packet or from when it was asked for.
  int64_t silenceMs = 0;
  int64_t heardAt = 0;
  bool silenceTold = false;
  // Its place in the worker's list of open streams.
  uint32_t listed = 0;

  // While the kernel forwards it (kernel.cpp): for whom, what of its counts is in the row, its place in the worker's list.
  Address local;
  bool inKernel = false;
  uint32_t kernelTo = NOBODY;
  uint32_t kernelSsrc = 0;
  StreamCount kernel;
  uint32_t kernelPlace = 0;
  int64_t tryKernelAt = 0;
  // By earlier processes; not in the row.
  StreamCount before;
  // The streams that the kernel forwards to this one, as a chain.
  uint32_t firstSpeaker = NOBODY;
  uint32_t nextSpeaker = NOBODY;
};

}  // namespace relay
