#include "nn/threads_module.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <algorithm>

#include "nn/layer_team.h"

namespace p5 {

void set_training_threads(std::int64_t threads) {
  if (threads > 0) {
    at::set_num_threads(static_cast<int>(threads));
    // LibTorch does not pass the number on to an OpenBLAS with threads of its own.
    using SetThreads = void (*)(int);
    if (const auto set = reinterpret_cast<SetThreads>(::dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) {
      set(static_cast<int>(threads));
    }
  }
  set_layer_threads(static_cast<std::size_t>(std::max(1, at::get_num_threads())));
}

}  // namespace p5
