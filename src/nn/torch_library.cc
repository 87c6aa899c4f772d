#include "nn/torch_library.h"

#include <cstdint>
#include <string>

#include "base/memory.h"
#include "nn/torch_space.h"
#include "p5/error.h"

namespace p5 {

void require_torch_space() {
  constexpr std::uint64_t kLeast = std::uint64_t{1} << 30;
  const std::uint64_t limit = address_space_limit();
  if (limit >= kLeast) return;
  throw system_error("too little address space for LibTorch",
                     {.where = "ulimit -v", .expected = "at least 1 GiB", .got = std::to_string(limit >> 20) + " MiB"});
}

const SharedLibrary& torch_library() {
  require_torch_space();
  let_openmp_sleep();
  static const SharedLibrary library(
      {.file = "libp5_torch.so", .provides = "LibTorch", .remedy = "a build with -DP5_TORCH=ON"});
  return library;
}

}  // namespace p5
