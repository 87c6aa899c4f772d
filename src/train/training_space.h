// Whether there is room for training. Thread-safe: a free function.
#pragma once

namespace p5 {

// Throws Unavailable (system) in too little address space (ulimit -v) for LibTorch. Asked before other work begins.
void require_training_space();

}  // namespace p5
