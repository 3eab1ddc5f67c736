// Loading, pinning, and the entries of the map.
#include "fast-path.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "../bpf/bytecode.h"
#include "bpf.h"
#include "route.h"

namespace relay {

namespace {

constexpr long BPF_FILE_SYSTEM = 0xcafe4a11;
constexpr uint32_t MOST_FLOWS = 65536;

void put(const Address& address, uint32_t into[4], uint16_t& port) {
  const uint32_t mapped[4] = {0, 0, htonl(0xffff), 0};
  memcpy(into, mapped, sizeof mapped);
  memcpy(address.family() == AF_INET ? into + 3 : into, address.host(), address.hostBytes());
  port = htons(address.port());
}

// The other way round.
Address taken(const uint32_t from[4], uint16_t port) {
  const uint32_t mapped[3] = {0, 0, htonl(0xffff)};
  sockaddr_in v4 = {};
  sockaddr_in6 v6 = {};
  v4.sin_family = AF_INET;
  v6.sin6_family = AF_INET6;
  memcpy(&v4.sin_addr, from + 3, sizeof v4.sin_addr);
  memcpy(&v6.sin6_addr, from, sizeof v6.sin6_addr);
  const bool isMapped = memcmp(from, mapped, sizeof mapped) == 0;
  return Address::of(isMapped ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6)).withPort(ntohs(port));
}

flow_key keyOf(const Address& local) {
  flow_key key = {};
  put(local, key.address, key.port);
  return key;
}

std::string saying(const char* what, int error) { return std::string(what) + ": " + strerror(error); }

std::string mountBpffs(const std::string& path) {
  struct statfs found;
  if (statfs(path.c_str(), &found) == 0 && found.f_type == BPF_FILE_SYSTEM) return {};
  if (mount("bpf", path.c_str(), "bpf", 0, nullptr) == 0) return {};
  return saying(("no bpffs at " + path + ", and it cannot be mounted").c_str(), errno);
}

std::string makeFolders(const std::string& path) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    if (mkdir(path.substr(0, slash).c_str(), 0700) != 0 && errno != EEXIST) return saying(path.c_str(), errno);
    if (slash == std::string::npos) return {};
  }
}

// Interfaces that have one of the addresses.
std::vector<uint32_t> interfacesOf(const std::vector<std::string>& addresses) {
  std::vector<uint32_t> indexes;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return indexes;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || (one->ifa_flags & IFF_LOOPBACK) != 0) continue;
    const Address has = Address::of(one->ifa_addr);
    const auto ours = [&has](const std::string& text) { return has.known() && Address::parse(text, 0).sameHost(has); };
    const uint32_t index = if_nametoindex(one->ifa_name);
    if (std::any_of(addresses.begin(), addresses.end(), ours) && std::find(indexes.begin(), indexes.end(), index) == indexes.end()) {
      indexes.push_back(index);
    }
  }
  freeifaddrs(all);
  return indexes;
}

}  // namespace

FastPath::FastPath(const std::vector<std::string>& addresses, const std::string& bpffs, const std::string& folder) : folder_(folder) {
  trouble_ = open(addresses, bpffs);
  if (!on()) end();
}

FastPath::~FastPath() {
  for (const int link : links_) ::close(link);
  if (program_ >= 0) ::close(program_);
  if (map_ >= 0) ::close(map_);
}

std::string FastPath::open(const std::vector<std::string>& addresses, const std::string& bpffs) {
  if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__) return "the program is for little-endian machines";
  const std::vector<uint32_t> interfaces = interfacesOf(addresses);
  if (interfaces.empty()) return "all addresses are of the loopback interface";
  if (std::string trouble = mountBpffs(bpffs); !trouble.empty()) return trouble;
  if (std::string trouble = makeFolders(folder_); !trouble.empty()) return trouble;
  const std::string pin = folder_ + "/flows";
  map_ = bpf::pinned(pin);
  if (map_ >= 0 && !bpf::hasShape(map_, sizeof(flow_key), sizeof(flow))) {
    ::close(map_);
    unlink(pin.c_str());
    map_ = -1;
  }
  const bool found = map_ >= 0;
  if (!found) map_ = bpf::createHash(sizeof(flow_key), sizeof(flow), MOST_FLOWS);
  if (map_ < 0) return saying("the kernel gives no map", -map_);
  if (!found && !bpf::pin(map_, pin)) return saying(("cannot pin " + pin).c_str(), errno);
  pins_.push_back(pin);
  alignas(8) uint8_t code[sizeof BYTECODE];
  memcpy(code, BYTECODE, sizeof code);
  // ld_imm64 of a map: source register 1, its descriptor as the immediate.
  for (const unsigned load : MAP_LOADS) {
    code[8 * load + 1] = static_cast<uint8_t>((code[8 * load + 1] & 0x0f) | 0x10);
    memcpy(code + 8 * load + 4, &map_, sizeof map_);
  }
  program_ = bpf::load(code, sizeof code);
  if (program_ < 0) return saying("the kernel does not take the program", -program_);
  for (const uint32_t index : interfaces) {
    if (std::string trouble = attachTo(index); !trouble.empty()) return trouble;
  }
  return {};
}

std::string FastPath::attachTo(uint32_t interfaceIndex) {
  const std::string pin = folder_ + "/link-" + std::to_string(interfaceIndex);
  int link = bpf::pinned(pin);
  if (link >= 0 && !bpf::replace(link, program_)) {
    // Of an interface that is gone.
    ::close(link);
    unlink(pin.c_str());
    link = -1;
  }
  const bool found = link >= 0;
  if (!found) link = bpf::attach(program_, interfaceIndex);
  if (link < 0) return saying("the kernel has no tcx (Linux 6.6)", -link);
  links_.push_back(link);
  if (!found && !bpf::pin(link, pin)) return saying(("cannot pin " + pin).c_str(), errno);
  pins_.push_back(pin);
  return {};
}

bool FastPath::install(const Way& way) {
  flow entry = {};
  if (!on() || !entryOf(way, entry)) return false;
  const flow_key key = keyOf(way.local);
  return bpf::put(map_, &key, &entry);
}

bool FastPath::entryOf(const Way& way, flow& entry) {
  if (way.local.family() != way.to.family() || way.source.family() != way.local.family()) return false;
  entry.interface_index = interfaceTowards(way.from, way.to);
  char name[IF_NAMESIZE];
  if (entry.interface_index == 0 || if_indextoname(entry.interface_index, name) == nullptr || strcmp(name, "lo") == 0) return false;
  put(way.source, entry.source, entry.source_port);
  put(way.from, entry.from, entry.from_port);
  put(way.to, entry.to, entry.to_port);
  entry.ssrc = htonl(way.ssrc);
  entry.sequence = way.sequence;
  entry.tos = way.tos;
  entry.event_type = way.eventType;
  entry.packets = way.counted.packets;
  entry.bytes = way.counted.bytes;
  return true;
}

Address FastPath::sourceOf(const flow& entry) { return taken(entry.source, entry.source_port); }

bool FastPath::does(const flow& entry, const Way& way) {
  flow wanted = {};
  return entryOf(way, wanted) && memcmp(&wanted, &entry, offsetof(flow, packets)) == 0;
}

bool FastPath::read(const Address& local, flow& into) const {
  const flow_key key = keyOf(local);
  return on() && bpf::get(map_, &key, &into);
}

bool FastPath::remove(const Address& local, flow& last) {
  const flow_key key = keyOf(local);
  return on() && bpf::take(map_, &key, &last);
}

void FastPath::removeLeft(const std::function<bool(const Address&)>& isKept) {
  if (!on()) return;
  std::vector<flow_key> left;
  flow_key key;
  for (bool more = bpf::next(map_, nullptr, &key); more; more = bpf::next(map_, &key, &key)) left.push_back(key);
  for (const flow_key& one : left) {
    if (!isKept(taken(one.address, one.port))) bpf::erase(map_, &one);
  }
}

void FastPath::end() {
  for (const std::string& pin : pins_) unlink(pin.c_str());
  rmdir(folder_.c_str());
  pins_.clear();
}

}  // namespace relay
