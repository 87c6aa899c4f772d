// Exceptions of libtorch become p5::Error at the LibTorch boundary, so that no caller needs c10. Thread-safe.
#pragma once

#include <c10/util/Exception.h>

#include <new>
#include <string>
#include <utility>

#include "p5/error.h"

namespace p5 {

// Unavailable (system) when memory ran out, otherwise Internal.
Error error_of_torch(const std::string& message);

// Runs `body`; p5::Error passes through unchanged.
template <typename Body>
auto with_torch_errors(Body&& body) -> decltype(std::forward<Body>(body)()) {
  try {
    return std::forward<Body>(body)();
  } catch (const c10::Error& error) {
    throw error_of_torch(error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    throw error_of_torch("out of memory");
  }
}

}  // namespace p5
