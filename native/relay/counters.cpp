// The block of counters, in pages the kernel gives when they are first written.
#include "counters.h"

#include <cstdlib>

namespace relay {

Counters::Counters(size_t threads, size_t streams) : threads_(threads), bytes_((threads + streams) * FIELDS * sizeof(Number)) {
  // All bits zero is the double 0, and calloc hands out fresh pages untouched.
  void* memory = calloc(1, bytes_);
  if (memory == nullptr) std::abort();
  block_ = std::shared_ptr<Number>(static_cast<Number*>(memory), [](Number* block) { free(block); });
}

}  // namespace relay
