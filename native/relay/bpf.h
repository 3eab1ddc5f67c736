// The bpf system call, as far as the relay needs it: no libbpf on the user's machine. Descriptors are the kernel's, or -errno.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace relay::bpf {

int createHash(uint32_t keyBytes, uint32_t valueBytes, uint32_t entries);
// Whether it is a map of that shape.
bool hasShape(int map, uint32_t keyBytes, uint32_t valueBytes);
bool put(int map, const void* key, const void* value);
bool get(int map, const void* key, void* value);
// Reads and removes in one step, so that nothing is counted in between.
bool take(int map, const void* key, void* value);
bool erase(int map, const void* key);
// The key after `key`, the first after null.
bool next(int map, const void* key, void* nextKey);

// Instructions of eight bytes each, for tc.
int load(const void* instructions, size_t bytes);
// At the front of an interface's ingress (tcx, Linux 6.6); it ends with the last descriptor or pin of the link.
int attach(int program, uint32_t interfaceIndex);
// Another program in the same place, without a packet between them.
bool replace(int link, int program);

bool pin(int descriptor, const std::string& path);
int pinned(const std::string& path);

}  // namespace relay::bpf
