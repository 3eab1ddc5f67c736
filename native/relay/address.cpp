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
