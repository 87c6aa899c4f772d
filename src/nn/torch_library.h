// The library that holds all code that uses LibTorch. It is opened at first use, so that verbs without LibTorch start
// in milliseconds. Thread-safe.
#pragma once

#include "base/shared_library.h"

namespace p5 {

const SharedLibrary& torch_library();

}  // namespace p5
