// Whether there is room for LibTorch. Thread-safe: a free function.
#pragma once

namespace p5 {

// Throws Unavailable (system) in too little address space (ulimit -v), where LibTorch aborts or hangs.
void require_torch_space();

}  // namespace p5
