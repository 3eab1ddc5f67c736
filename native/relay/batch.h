// Memory for one recvmmsg and the sendmmsg that follows it, allocated once per thread.
#pragma once
#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>

#include "address.h"

namespace relay {

class Batch {
 public:
  static constexpr unsigned SIZE = 32;
  // An Ethernet frame's worth and some; what is longer is not media.
  static constexpr size_t PACKET_BYTES = 2048;

  Batch();
  // How many packets came; 0 when there are none.
  unsigned receive(int socket);
  const uint8_t* data(unsigned index) const { return data_[index]; }
  size_t bytes(unsigned index) const { return in_[index].msg_len; }
  bool truncated(unsigned index) const { return (in_[index].msg_hdr.msg_flags & MSG_TRUNC) != 0; }
  const Address& from(unsigned index) const { return from_[index]; }

  // Queues a received packet to be sent; what is queued for another socket is sent first. `failed` packets were not taken.
  void send(int socket, const Address& to, unsigned index);
  void flush();
  // Since the last call.
  unsigned failed();

 private:
  int socket_ = -1;
  unsigned queued_ = 0;
  unsigned failed_ = 0;
  mmsghdr in_[SIZE];
  mmsghdr out_[SIZE];
  iovec inParts_[SIZE];
  iovec outParts_[SIZE];
  Address from_[SIZE];
  Address to_[SIZE];
  uint8_t data_[SIZE][PACKET_BYTES];
};

}  // namespace relay
