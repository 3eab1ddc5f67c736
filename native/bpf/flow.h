// What the kernel's program and the relay's thread share: one entry for each stream that the kernel forwards. C and C++.
// Addresses and ports are in network order, IPv4 as ::ffff:a.b.c.d; counters and times in the machine's.
#pragma once
#include <linux/types.h>

// Where a packet arrives: an RTP port of ours.
struct flow_key {
  __u32 address[4];
  __u16 port;
  __u16 zero;
};

struct flow {
  // Only these packets: everything else is the thread's to judge.
  __u32 source[4];
  __u32 ssrc;
  __u16 source_port;
  // From here to there.
  __u16 from_port;
  __u32 from[4];
  __u32 to[4];
  __u16 to_port;
  __u8 tos;
  // Of telephone events, which the thread reports; above 127 for none.
  __u8 event_type;
  __u32 interface_index;
  // Written by the kernel, from what the stream had been counted before: so a thread that knows less can tell what it missed.
  __u64 packets;
  // Payload.
  __u64 bytes;
  // CLOCK_MONOTONIC, ns.
  __u64 last_ns;
  // The highest, as a 16-bit circle has it.
  __u32 sequence;
  __u32 zero_too;
};
