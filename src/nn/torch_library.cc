#include "nn/torch_library.h"

#include <cstdint>
#include <cstdlib>
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
  // The library's OpenMP threads sleep while they wait: spinning gains little on an idle machine, and on a busy one it
  // made a training step ten times slower. A value set by the user stays.
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  static const SharedLibrary library(
      {.file = "libp5_torch.so", .provides = "LibTorch", .remedy = "a build with -DP5_TORCH=ON"});
  return library;
}

}  // namespace p5
