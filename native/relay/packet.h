// The one packet that a thread has in hand. Of 172 bytes each, a packet per system call measures no dearer than a batch of them: the cost
// is the network stack's, and packets of one socket seldom come in numbers.
#pragma once
#include <cstddef>
#include <cstdint>

#include "address.h"

namespace relay {

class Packet {
 public:
  // An Ethernet frame's worth and some; what is longer is not media.
  static constexpr size_t ROOM = 2048;

  // False when there is none.
  bool receive(int socket);
  // False when the kernel does not take it (no route, buffer full): the network would have lost it.
  bool send(int socket, const Address& to) const;

  const uint8_t* data() const { return data_; }
  uint8_t* data() { return data_; }
  size_t bytes() const { return bytes_; }
  bool truncated() const { return bytes_ > ROOM; }
  const Address& from() const { return from_; }

 private:
  size_t bytes_ = 0;
  Address from_;
  uint8_t data_[ROOM];
};

}  // namespace relay
