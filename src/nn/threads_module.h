// How many threads training uses: libtorch's own loops, its matrix products and the layer team. One number per process,
// as in libtorch. Not thread-safe.
#pragma once

#include <cstdint>

namespace p5 {

// `threads` 0 takes what libtorch found: the machine's, or those of OMP_NUM_THREADS.
void set_training_threads(std::int64_t threads);

}  // namespace p5
