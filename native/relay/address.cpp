// Text to kernel address and back.
#include "address.h"

#include <arpa/inet.h>

#include <cstring>

namespace relay {

Address::Address() { memset(&storage_, 0, sizeof storage_); }

Address Address::parse(const std::string& text, uint16_t port) {
  Address made;
  if (inet_pton(AF_INET, text.c_str(), &made.storage_.v4.sin_addr) == 1) {
    made.storage_.v4.sin_family = AF_INET;
  } else if (inet_pton(AF_INET6, text.c_str(), &made.storage_.v6.sin6_addr) == 1) {
    made.storage_.v6.sin6_family = AF_INET6;
  } else {
    return Address();
  }
  return made.withPort(port);
}

Address Address::of(const sockaddr* given) {
  Address made;
  if (given->sa_family == AF_INET) memcpy(&made.storage_.v4.sin_addr, &reinterpret_cast<const sockaddr_in*>(given)->sin_addr, sizeof(in_addr));
  if (given->sa_family == AF_INET6) memcpy(&made.storage_.v6.sin6_addr, &reinterpret_cast<const sockaddr_in6*>(given)->sin6_addr, sizeof(in6_addr));
  if (given->sa_family == AF_INET || given->sa_family == AF_INET6) made.storage_.generic.sa_family = given->sa_family;
  return made;
}

Address Address::withPort(uint16_t port) const {
  Address made = *this;
  if (family() == AF_INET) made.storage_.v4.sin_port = htons(port);
  if (family() == AF_INET6) made.storage_.v6.sin6_port = htons(port);
  return made;
}

uint16_t Address::port() const {
  if (family() == AF_INET) return ntohs(storage_.v4.sin_port);
  if (family() == AF_INET6) return ntohs(storage_.v6.sin6_port);
  return 0;
}

std::string Address::text() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (family() == AF_INET) inet_ntop(AF_INET, &storage_.v4.sin_addr, text, sizeof text);
  if (family() == AF_INET6) inet_ntop(AF_INET6, &storage_.v6.sin6_addr, text, sizeof text);
  return text;
}

bool Address::sameHost(const Address& other) const {
  if (family() != other.family()) return false;
  if (family() == AF_INET) return storage_.v4.sin_addr.s_addr == other.storage_.v4.sin_addr.s_addr;
  if (family() == AF_INET6) return memcmp(&storage_.v6.sin6_addr, &other.storage_.v6.sin6_addr, sizeof(in6_addr)) == 0;
  return true;
}

}  // namespace relay
