/** The memory that C++ and JavaScript share: one record per datagram, one control block per socket. Mirrored in dgram-ext's layout.ts. */
#pragma once

#include <sys/socket.h>

#include <cstdint>

namespace udp {

// All numbers in the machine's byte order, addresses as they lie on the wire (IPv4 in the first four bytes).
//
//  byte  0        4        8        12       16             32           48            52       56        60            64
//        | length | family | port   | scope  | address (16) | local (16) | localFamily | offset | seconds | nanoseconds |
//
// received: `local` is the address the datagram was sent to, `length` its own, though a slot may have room for less; the time is the
//           kernel's, both 0 when it was not asked for.
// to send:  `local` is the address to send from, or localFamily 0.
// error:    `length` holds the errno, `address` and `port` the peer that the failed datagram was meant for.
struct Record {
  uint32_t length;
  uint32_t family;  // 4 or 6
  uint32_t port;
  uint32_t scope;  // zone of a link-local IPv6 address (RFC 4007 §11), else 0
  uint8_t address[16];
  uint8_t local[16];
  uint32_t localFamily;  // 4, 6, or 0: unknown
  uint32_t offset;       // where the bytes start in their slab
  uint32_t seconds;      // since 1970 (SO_TIMESTAMPNS)
  uint32_t nanoseconds;
};
static_assert(sizeof(Record) == 64, "layout.ts counts on it");

// The send queue is txRecords[head, count): JavaScript appends and moves `count`, flush() moves `head`; both are 0 when it is empty.
struct Control {
  uint32_t head;
  uint32_t count;
  uint32_t dropped;  // datagrams the kernel threw away because our buffer was full (SO_RXQ_OVFL)
  uint32_t waiting;  // set by JavaScript when the queue was full: it wants to hear when it is empty
  // Totals; whole numbers, exact up to 2^53.
  double received;
  double truncated;
  double sent;
  double failed;  // sends that the kernel turned down, and ICMP errors
  double wakeUps;
  double pauses;  // of wake-ups that are shared
};
static_assert(sizeof(Control) == 64, "layout.ts counts on it");

/** Peer address of `record` from what the kernel filled in. */
void writePeer(Record& record, const sockaddr_storage& from);

/** The kernel's form of the peer address; returns its length, 0 when the family is neither 4 nor 6. */
socklen_t readPeer(const Record& record, sockaddr_storage& to);

/** Numeric address and port to the kernel's form; false when `text` is not an address. */
bool parseAddress(const char* text, uint16_t port, sockaddr_storage& to);

}  // namespace udp
