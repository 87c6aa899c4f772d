// No exception leaves the C functions: each runs its body here. Thread-safe: the last error is one per thread.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace p5::capi {

// Keeps the error that is in flight as the last one of this thread, and returns its code.
int keep_error() noexcept;
const char* last_error() noexcept;

template <typename Body>
int guarded(const Body& body) noexcept {
  try {
    body();
    return 0;
  } catch (...) {
    return keep_error();
  }
}

// A text that the caller frees. Throws std::bad_alloc.
char* copied(std::string_view text);

// Throws InvalidArgument that names an argument which must not be NULL.
void require(const void* argument, const char* name);

}  // namespace p5::capi
