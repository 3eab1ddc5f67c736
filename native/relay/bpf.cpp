// Attributes are laid out here: the headers of the machine that compiles may be older than the kernel that runs.
#include "bpf.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace relay::bpf {

namespace {

enum Command : int {
  MAP_CREATE = 0,
  MAP_LOOKUP = 1,
  MAP_UPDATE = 2,
  MAP_DELETE = 3,
  MAP_NEXT_KEY = 4,
  PROGRAM_LOAD = 5,
  OBJECT_PIN = 6,
  OBJECT_GET = 7,
  OBJECT_INFO = 15,
  MAP_LOOKUP_AND_DELETE = 21,
  LINK_CREATE = 28,
  LINK_UPDATE = 29,
};
constexpr uint32_t TYPE_HASH = 1, TYPE_SCHED_CLS = 3, TCX_INGRESS = 46;

struct MapAttributes {
  uint32_t type, keyBytes, valueBytes, entries, flags;
};
struct ElementAttributes {
  uint32_t map, zero;
  uint64_t key, value, flags;
};
struct ProgramAttributes {
  uint32_t type, count;
  uint64_t instructions, license;
  uint32_t logLevel, logBytes;
  uint64_t log;
  uint32_t kernelVersion, flags;
};
struct ObjectAttributes {
  uint64_t path;
  uint32_t descriptor, flags;
};
struct InfoAttributes {
  uint32_t descriptor, bytes;
  uint64_t info;
};
struct MapInfo {
  uint32_t type, id, keyBytes, valueBytes, entries, flags;
};
struct LinkAttributes {
  uint32_t program, target, type, flags;
};
struct LinkUpdateAttributes {
  uint32_t link, program, flags, oldProgram;
};

template <typename Attributes>
int call(Command command, Attributes& attributes) {
  const long result = syscall(SYS_bpf, command, &attributes, sizeof attributes);
  return result < 0 ? -errno : static_cast<int>(result);
}

uint64_t at(const void* memory) { return reinterpret_cast<uintptr_t>(memory); }

int element(Command command, int map, const void* key, const void* value) {
  ElementAttributes attributes = {static_cast<uint32_t>(map), 0, at(key), at(value), 0};
  return call(command, attributes);
}

}  // namespace

int createHash(uint32_t keyBytes, uint32_t valueBytes, uint32_t entries) {
  MapAttributes attributes = {TYPE_HASH, keyBytes, valueBytes, entries, 0};
  return call(MAP_CREATE, attributes);
}

bool hasShape(int map, uint32_t keyBytes, uint32_t valueBytes) {
  MapInfo info = {};
  InfoAttributes attributes = {static_cast<uint32_t>(map), sizeof info, at(&info)};
  return call(OBJECT_INFO, attributes) >= 0 && info.type == TYPE_HASH && info.keyBytes == keyBytes && info.valueBytes == valueBytes;
}

bool put(int map, const void* key, const void* value) { return element(MAP_UPDATE, map, key, value) >= 0; }
bool get(int map, const void* key, void* value) { return element(MAP_LOOKUP, map, key, value) >= 0; }
bool take(int map, const void* key, void* value) { return element(MAP_LOOKUP_AND_DELETE, map, key, value) >= 0; }
bool erase(int map, const void* key) { return element(MAP_DELETE, map, key, nullptr) >= 0; }
bool next(int map, const void* key, void* nextKey) { return element(MAP_NEXT_KEY, map, key, nextKey) >= 0; }

int load(const void* instructions, size_t bytes) {
  static const char license[] = "Dual MIT/GPL";
  ProgramAttributes attributes = {TYPE_SCHED_CLS, static_cast<uint32_t>(bytes / 8), at(instructions), at(license), 0, 0, 0, 0, 0};
  return call(PROGRAM_LOAD, attributes);
}

int attach(int program, uint32_t interfaceIndex) {
  LinkAttributes attributes = {static_cast<uint32_t>(program), interfaceIndex, TCX_INGRESS, 0};
  return call(LINK_CREATE, attributes);
}

bool replace(int link, int program) {
  LinkUpdateAttributes attributes = {static_cast<uint32_t>(link), static_cast<uint32_t>(program), 0, 0};
  return call(LINK_UPDATE, attributes) >= 0;
}

bool pin(int descriptor, const std::string& path) {
  ObjectAttributes attributes = {at(path.c_str()), static_cast<uint32_t>(descriptor), 0};
  return call(OBJECT_PIN, attributes) >= 0;
}

int pinned(const std::string& path) {
  ObjectAttributes attributes = {at(path.c_str()), 0, 0};
  return call(OBJECT_GET, attributes);
}

}  // namespace relay::bpf
