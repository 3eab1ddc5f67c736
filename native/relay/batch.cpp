// Many packets per system call.
#include "batch.h"

#include <cerrno>
#include <cstring>

namespace relay {

Batch::Batch() {
  memset(in_, 0, sizeof in_);
  memset(out_, 0, sizeof out_);
  for (unsigned index = 0; index < SIZE; ++index) {
    inParts_[index] = {data_[index], PACKET_BYTES};
    in_[index].msg_hdr.msg_iov = &inParts_[index];
    in_[index].msg_hdr.msg_iovlen = 1;
    in_[index].msg_hdr.msg_name = from_[index].raw();
    out_[index].msg_hdr.msg_iov = &outParts_[index];
    out_[index].msg_hdr.msg_iovlen = 1;
    out_[index].msg_hdr.msg_name = to_[index].raw();
  }
}

unsigned Batch::receive(int socket) {
  // The kernel shortens these on each receive; only what it used last time needs mending, but that is as dear to know.
  for (mmsghdr& message : in_) message.msg_hdr.msg_namelen = Address::CAPACITY;
  const int count = recvmmsg(socket, in_, SIZE, MSG_DONTWAIT, nullptr);
  return count > 0 ? static_cast<unsigned>(count) : 0;
}

void Batch::send(int socket, const Address& to, unsigned index) {
  if (queued_ > 0 && socket != socket_) flush();
  socket_ = socket;
  to_[queued_] = to;
  outParts_[queued_] = {data_[index], in_[index].msg_len};
  out_[queued_].msg_hdr.msg_namelen = to.length();
  ++queued_;
}

// A packet the kernel refuses (no route, buffer full) is skipped, as the network would have lost it.
void Batch::flush() {
  unsigned sent = 0;
  while (sent < queued_) {
    const int count = sendmmsg(socket_, out_ + sent, queued_ - sent, MSG_DONTWAIT);
    if (count > 0) {
      sent += static_cast<unsigned>(count);
    } else if (errno != EINTR) {
      ++sent;
      ++failed_;
    }
  }
  queued_ = 0;
}

unsigned Batch::failed() {
  const unsigned failed = failed_;
  failed_ = 0;
  return failed;
}

}  // namespace relay
