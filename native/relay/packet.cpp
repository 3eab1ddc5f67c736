// In and out of the kernel.
#include "packet.h"

#include <cerrno>

namespace relay {

bool Packet::receive(int socket) {
  socklen_t length = Address::CAPACITY;
  const ssize_t got = recvfrom(socket, data_, ROOM, MSG_DONTWAIT | MSG_TRUNC, from_.raw(), &length);
  if (got < 0) return false;
  bytes_ = static_cast<size_t>(got);
  return true;
}

bool Packet::send(int socket, const Address& to) const {
  ssize_t sent;
  do sent = sendto(socket, data_, bytes_, MSG_DONTWAIT, to.raw(), to.length());
  while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

}  // namespace relay
