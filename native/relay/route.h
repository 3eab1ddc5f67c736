// By which interface the kernel would send.
#pragma once
#include "address.h"

namespace relay {

// Of a packet from `from` to `to`; 0 where there is no way, or none that leaves this machine.
uint32_t interfaceTowards(const Address& from, const Address& to);

}  // namespace relay
