// One monotonic clock for everything that is timed.
#pragma once
#include <cstdint>
#include <ctime>

using Nanos = std::int64_t;

inline Nanos now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

// Processor time that this process has used so far.
inline Nanos cpu_time() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

constexpr Nanos millis(double ms) { return static_cast<Nanos>(ms * 1e6); }
