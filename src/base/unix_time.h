// The wall clock as events and answers write it. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>

namespace p5 {

// Milliseconds since 1970 UTC.
inline std::int64_t unix_time_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace p5
