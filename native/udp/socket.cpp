/** recvmmsg and sendmmsg over shared slabs, with the local address of every datagram and the ICMP errors of every send. */
#include "socket.h"

#include <linux/errqueue.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace udp {

namespace {

bool enable(int fd, int level, int option, int value = 1) { return setsockopt(fd, level, option, &value, sizeof value) == 0; }

bool isWildcard(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) return reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr == htonl(INADDR_ANY);
  return IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

/** An ICMP error of an earlier datagram makes the next send fail once; a datagram's own error fails every time. */
constexpr int kAttempts = 3;

}  // namespace

Failure Socket::open(const Options& options, const Memory& memory) {
  memory_ = memory;
  sockaddr_storage address{};
  if (!parseAddress(options.address.c_str(), options.port, address)) return {EINVAL, "inet_pton"};
  fd_ = ::socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return {errno, "socket"};
  Failure failure = configure(options, address.ss_family, isWildcard(address));
  const socklen_t length = address.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (failure.code == 0 && ::bind(fd_, reinterpret_cast<sockaddr*>(&address), length) != 0) failure = {errno, "bind"};
  if (failure.code != 0) close();
  else prepareReceive();
  return failure;
}

/** `wildcard`: only then does a datagram have to say which address it was sent to. */
Failure Socket::configure(const Options& options, int family, bool wildcard) {
  const int bytes = options.receiveBufferBytes;
  // The plain option is capped silently at net.core.rmem_max; root may go beyond it.
  if (!enable(fd_, SOL_SOCKET, SO_RCVBUFFORCE, bytes) && !enable(fd_, SOL_SOCKET, SO_RCVBUF, bytes)) return {errno, "SO_RCVBUF"};
  if (options.reusePort && !enable(fd_, SOL_SOCKET, SO_REUSEPORT)) return {errno, "SO_REUSEPORT"};
  if (!enable(fd_, SOL_SOCKET, SO_RXQ_OVFL)) return {errno, "SO_RXQ_OVFL"};
  if (options.timestamps && !enable(fd_, SOL_SOCKET, SO_TIMESTAMPNS)) return {errno, "SO_TIMESTAMPNS"};
  // Errors are then announced as POLLPRI, which libuv passes on; a bare POLLERR makes it stop the poll.
  if (!enable(fd_, SOL_SOCKET, SO_SELECT_ERR_QUEUE)) return {errno, "SO_SELECT_ERR_QUEUE"};
  if (family == AF_INET6) {
    if (!enable(fd_, IPPROTO_IPV6, IPV6_V6ONLY)) return {errno, "IPV6_V6ONLY"};
    if (wildcard && !enable(fd_, IPPROTO_IPV6, IPV6_RECVPKTINFO)) return {errno, "IPV6_RECVPKTINFO"};
    if (!enable(fd_, IPPROTO_IPV6, IPV6_RECVERR)) return {errno, "IPV6_RECVERR"};
    return {};
  }
  if (wildcard && !enable(fd_, IPPROTO_IP, IP_PKTINFO)) return {errno, "IP_PKTINFO"};
  if (!enable(fd_, IPPROTO_IP, IP_RECVERR)) return {errno, "IP_RECVERR"};
  // Large datagrams leave in fragments rather than vanish where a router's "too big" is filtered.
  if (!enable(fd_, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)) return {errno, "IP_MTU_DISCOVER"};
  return {};
}

void Socket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Record Socket::local() const {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  Record record{};
  if (fd_ >= 0 && getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length) == 0) writePeer(record, address);
  return record;
}

void Socket::prepareReceive() {
  const size_t batch = memory_.batch;
  rxHeaders_.assign(batch, mmsghdr{});
  rxVectors_.resize(batch);
  rxPeers_.resize(batch);
  rxControl_.resize(batch * kControlBytes);
  txHeaders_.assign(kSendBatch, mmsghdr{});
  txVectors_.resize(kSendBatch);
  txPeers_.resize(kSendBatch);
  txControl_.resize(kSendBatch * kControlBytes);
  for (size_t i = 0; i < batch; i++) {
    rxVectors_[i] = {memory_.rx + i * memory_.slotBytes, std::min(memory_.maxBytes, memory_.slotBytes)};
    msghdr& header = rxHeaders_[i].msg_hdr;
    header.msg_iov = &rxVectors_[i];
    header.msg_iovlen = 1;
    header.msg_name = &rxPeers_[i];
    header.msg_namelen = sizeof(sockaddr_storage);
    header.msg_control = &rxControl_[i * kControlBytes];
    header.msg_controllen = kControlBytes;
  }
}

uint32_t Socket::receive() {
  if (fd_ < 0) return 0;
  int received = -1;
  // A pending ICMP error is returned (and cleared) before any datagram is.
  for (int i = 0; i < kAttempts && received < 0; i++) {
    received = recvmmsg(fd_, rxHeaders_.data(), memory_.batch, MSG_DONTWAIT | MSG_TRUNC, nullptr);
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
  }
  for (int i = 0; i < received; i++) {
    Record& record = memory_.rxRecords[i];
    record.length = rxHeaders_[i].msg_len;
    record.offset = static_cast<uint32_t>(i * memory_.slotBytes);
    writePeer(record, rxPeers_[i]);
    if (record.length > memory_.maxBytes) memory_.control->truncated++;
    msghdr& header = rxHeaders_[i].msg_hdr;
    noteControl(record, header);
    header.msg_namelen = sizeof(sockaddr_storage);
    header.msg_controllen = kControlBytes;
  }
  if (received < 0) return 0;
  memory_.control->received += received;
  return static_cast<uint32_t>(received);
}

void Socket::noteControl(Record& record, msghdr& header) {
  record.localFamily = 0;
  record.seconds = record.nanoseconds = 0;
  for (cmsghdr* at = CMSG_FIRSTHDR(&header); at != nullptr; at = CMSG_NXTHDR(&header, at)) {
    if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(at), sizeof info);
      std::memset(record.local, 0, 16);
      std::memcpy(record.local, &info.ipi_addr, 4);
      record.localFamily = 4;
    } else if (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(at), sizeof info);
      std::memcpy(record.local, &info.ipi6_addr, 16);
      record.localFamily = 6;
    } else if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SO_RXQ_OVFL) {
      std::memcpy(&memory_.control->dropped, CMSG_DATA(at), sizeof(uint32_t));
    } else if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_TIMESTAMPNS) {
      timespec time;
      std::memcpy(&time, CMSG_DATA(at), sizeof time);
      record.seconds = static_cast<uint32_t>(time.tv_sec);
      record.nanoseconds = static_cast<uint32_t>(time.tv_nsec);
    }
  }
}

bool Socket::flush() {
  Control& control = *memory_.control;
  int attempts = 0;
  while (fd_ >= 0 && control.head < control.count && control.count <= memory_.txCapacity) {
    const unsigned prepared = prepareSend(control.head);
    const int sent = sendmmsg(fd_, txHeaders_.data(), prepared, MSG_DONTWAIT);
    if (sent > 0) {
      control.head += static_cast<uint32_t>(sent);
      control.sent += sent;
      attempts = 0;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return false;
    } else if (errno == ENOBUFS) {
      control.head++;  // the device's queue dropped it, as the network may
      control.failed++;
    } else if (errno != EINTR && ++attempts >= kAttempts) {
      addError(memory_.txRecords[control.head], errno);
      control.head++;
      attempts = 0;
    }
  }
  control.head = control.count = 0;
  return true;
}

unsigned Socket::prepareSend(uint32_t head) {
  const unsigned wanted = std::min<unsigned>(kSendBatch, memory_.control->count - head);
  for (unsigned i = 0; i < wanted; i++) {
    const Record& record = memory_.txRecords[head + i];
    const size_t offset = std::min<size_t>(record.offset, memory_.txBytes);
    txVectors_[i] = {memory_.tx + offset, std::min<size_t>(record.length, memory_.txBytes - offset)};
    msghdr& header = txHeaders_[i].msg_hdr;
    header = msghdr{};
    header.msg_iov = &txVectors_[i];
    header.msg_iovlen = 1;
    header.msg_name = &txPeers_[i];
    header.msg_namelen = readPeer(record, txPeers_[i]);
    addSource(record, header, &txControl_[i * kControlBytes]);
  }
  return wanted;
}

void Socket::addSource(const Record& record, msghdr& header, uint8_t* control) {
  if (record.localFamily == 0 || record.localFamily != record.family) return;
  header.msg_control = control;
  header.msg_controllen = kControlBytes;
  std::memset(control, 0, kControlBytes);
  cmsghdr* at = CMSG_FIRSTHDR(&header);
  if (record.family == 4) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, record.local, 4);
    at->cmsg_level = IPPROTO_IP;
    at->cmsg_type = IP_PKTINFO;
    at->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(at), &info, sizeof info);
    header.msg_controllen = CMSG_SPACE(sizeof info);
  } else {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, record.local, 16);
    info.ipi6_ifindex = record.scope;
    at->cmsg_level = IPPROTO_IPV6;
    at->cmsg_type = IPV6_PKTINFO;
    at->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(at), &info, sizeof info);
    header.msg_controllen = CMSG_SPACE(sizeof info);
  }
}

void Socket::readErrors() {
  while (fd_ >= 0 && errorCount_ < memory_.errorCapacity) {
    sockaddr_storage peer{};
    uint8_t control[512];
    msghdr header{};
    header.msg_name = &peer;
    header.msg_namelen = sizeof peer;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    if (recvmsg(fd_, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) break;
    int code = 0;
    for (cmsghdr* at = CMSG_FIRSTHDR(&header); at != nullptr; at = CMSG_NXTHDR(&header, at)) {
      const bool error = (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_RECVERR) ||
                         (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_RECVERR);
      if (!error) continue;
      sock_extended_err extended;
      std::memcpy(&extended, CMSG_DATA(at), sizeof extended);
      code = static_cast<int>(extended.ee_errno);
    }
    if (code == 0 || header.msg_namelen == 0) continue;
    Record record{};
    writePeer(record, peer);
    addError(record, code);
  }
  // What is left of it outside of the queue would keep the socket "in error" for poll.
  int pending = 0;
  socklen_t length = sizeof pending;
  if (fd_ >= 0) getsockopt(fd_, SOL_SOCKET, SO_ERROR, &pending, &length);
}

void Socket::addError(const Record& record, int code) {
  memory_.control->failed++;
  if (errorCount_ >= memory_.errorCapacity) return;
  Record& error = memory_.errors[errorCount_++];
  error = record;
  error.length = static_cast<uint32_t>(code);
}

uint32_t Socket::takeErrors() {
  const uint32_t count = errorCount_;
  errorCount_ = 0;
  return count;
}

}  // namespace udp
