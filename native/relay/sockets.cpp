// Opening and binding.
#include "sockets.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace relay {

int bindUdp(const Address& local) {
  const int made = socket(local.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) return -errno;
  const int yes = 1;
  if (local.family() == AF_INET6) setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  if (bind(made, local.raw(), local.length()) == 0) return made;
  const int error = errno;
  ::close(made);
  return -error;
}

void markPackets(int socket, uint8_t tos) {
  const int value = tos;
  if (setsockopt(socket, IPPROTO_IP, IP_TOS, &value, sizeof value) != 0) return;
  setsockopt(socket, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof value);
}

const char* errnoName(int error) {
  switch (error) {
    case EADDRINUSE: return "EADDRINUSE";
    case EADDRNOTAVAIL: return "EADDRNOTAVAIL";
    case EAFNOSUPPORT: return "EAFNOSUPPORT";
    case EACCES: return "EACCES";
    case EMFILE: return "EMFILE";
    case ENFILE: return "ENFILE";
    case ENOBUFS: return "ENOBUFS";
    case ENOMEM: return "ENOMEM";
    default: return "EIO";
  }
}

double raiseFileLimit(double wanted) {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const auto want = static_cast<rlim_t>(wanted);
  if (limit.rlim_cur >= want) return static_cast<double>(limit.rlim_cur);
  rlimit more = {want, std::max(want, limit.rlim_max)};
  if (setrlimit(RLIMIT_NOFILE, &more) != 0) {
    more = {std::min(want, limit.rlim_max), limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &more);
  }
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace relay
