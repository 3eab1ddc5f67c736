/** Addresses between their shared form and the kernel's. RFC 4007 §11 for the zone of link-local ones. */
#include "record.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdlib>
#include <cstring>

namespace udp {

void writePeer(Record& record, const sockaddr_storage& from) {
  if (from.ss_family == AF_INET6) {
    const auto& in6 = reinterpret_cast<const sockaddr_in6&>(from);
    record.family = 6;
    record.port = ntohs(in6.sin6_port);
    record.scope = in6.sin6_scope_id;
    std::memcpy(record.address, &in6.sin6_addr, 16);
    return;
  }
  const auto& in4 = reinterpret_cast<const sockaddr_in&>(from);
  record.family = 4;
  record.port = ntohs(in4.sin_port);
  record.scope = 0;
  std::memset(record.address, 0, 16);
  std::memcpy(record.address, &in4.sin_addr, 4);
}

socklen_t readPeer(const Record& record, sockaddr_storage& to) {
  std::memset(&to, 0, sizeof(sockaddr_in6));
  if (record.family == 6) {
    auto& in6 = reinterpret_cast<sockaddr_in6&>(to);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(static_cast<uint16_t>(record.port));
    in6.sin6_scope_id = record.scope;
    std::memcpy(&in6.sin6_addr, record.address, 16);
    return sizeof(sockaddr_in6);
  }
  if (record.family != 4) return 0;
  auto& in4 = reinterpret_cast<sockaddr_in&>(to);
  in4.sin_family = AF_INET;
  in4.sin_port = htons(static_cast<uint16_t>(record.port));
  std::memcpy(&in4.sin_addr, record.address, 4);
  return sizeof(sockaddr_in);
}

bool parseAddress(const char* text, uint16_t port, sockaddr_storage& to) {
  Record record{};
  record.port = port;
  char bare[INET6_ADDRSTRLEN + 1] = {};
  const char* zone = std::strchr(text, '%');
  const size_t length = zone != nullptr ? static_cast<size_t>(zone - text) : std::strlen(text);
  if (length > INET6_ADDRSTRLEN) return false;
  std::memcpy(bare, text, length);
  if (zone != nullptr) record.scope = static_cast<uint32_t>(std::strtoul(zone + 1, nullptr, 10));
  if (inet_pton(AF_INET, bare, record.address) == 1) record.family = 4;
  else if (inet_pton(AF_INET6, bare, record.address) == 1) record.family = 6;
  return readPeer(record, to) != 0;
}

}  // namespace udp
