// Sentences that hold or do not, for the relay's tests.
#pragma once
#include <cstdio>

inline int failures = 0;

inline void check(bool holds, const char* sentence) {
  if (holds) return;
  ++failures;
  std::fprintf(stderr, "  not so: %s\n", sentence);
}
