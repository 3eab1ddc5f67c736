// Bound UDP sockets for the relay.
#pragma once
#include "address.h"

namespace relay {

// The socket, or -errno. Not blocking, closed on exec, IPv6 without IPv4; nobody else can bind the same port.
int bindUdp(const Address& local);
// DSCP and ECN of what the socket sends, in the IPv4 TOS or IPv6 traffic class (RFC 2474 §3).
void markPackets(int socket, uint8_t tos);
// The short name of the errnos that binding meets, e.g. "EADDRINUSE".
const char* errnoName(int error);
// Raises the limit of open files to the hard limit, and that too where we may. Returns the limit in force.
// 20,000 ports are 20,000 files; a shell gives 1024.
double raiseFileLimit(double wanted);

}  // namespace relay
