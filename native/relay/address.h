// An IPv4 or IPv6 address with a port, in the form the kernel takes. Scopes are not kept: media does not travel on link-local addresses.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace relay {

class Address {
 public:
  Address();
  // Numeric text only; an address that does not parse is `!known()`.
  static Address parse(const std::string& text, uint16_t port);

  // A kernel's address of any family; without the port.
  static Address of(const sockaddr* given);

  bool known() const { return storage_.generic.sa_family != AF_UNSPEC; }
  int family() const { return storage_.generic.sa_family; }
  uint16_t port() const;
  std::string text() const;
  // Two unknown addresses are the same.
  bool sameHost(const Address& other) const;
  bool operator==(const Address& other) const { return sameHost(other) && port() == other.port(); }
  bool operator!=(const Address& other) const { return !(*this == other); }
  Address withPort(uint16_t port) const;

  // The bytes of the host, in network order.
  const void* host() const { return family() == AF_INET6 ? static_cast<const void*>(&storage_.v6.sin6_addr) : &storage_.v4.sin_addr; }
  size_t hostBytes() const { return family() == AF_INET6 ? sizeof(in6_addr) : sizeof(in_addr); }

  // For the kernel to read from and write to.
  sockaddr* raw() { return &storage_.generic; }
  const sockaddr* raw() const { return &storage_.generic; }
  socklen_t length() const { return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }
  static constexpr socklen_t CAPACITY = sizeof(sockaddr_in6);

 private:
  union {
    sockaddr generic;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } storage_;
};

}  // namespace relay
