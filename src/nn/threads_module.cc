#include "nn/threads_module.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "base/logger.h"
#include "base/thread_limit.h"
#include "nn/layer_team.h"
#include "p5/error.h"

namespace p5 {
namespace {

// LibTorch does not end where its threads cannot be started, and it and the layer team start up to three per thread of
// ours. The most that can be had; at most `wanted`.
std::int64_t threads_to_be_had(std::int64_t wanted) {
  const auto all = static_cast<std::size_t>(3 * (wanted - 1) + 1);
  const auto found = static_cast<std::int64_t>(startable_threads(all));
  return (found - 1) / 3 + 1;
}

}  // namespace

void set_training_threads(std::int64_t threads) {
  const std::int64_t wanted = threads > 0 ? threads : at::get_num_threads();
  const std::int64_t found = threads_to_be_had(wanted);
  if (found < wanted && threads > 0) {
    throw system_error("the system cannot start the threads that LibTorch needs",
                       {.where = "device.threads",
                        .expected = fmt::format("at most {}, or 0 for as many as there are", found),
                        .got = std::to_string(threads)});
  }
  if (found < wanted) {
    log_warning(fmt::format("{} threads instead of {}: the system cannot start more", found, wanted));
    threads = found;
  }
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
