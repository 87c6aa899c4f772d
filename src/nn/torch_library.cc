#include "nn/torch_library.h"

#include <cstdlib>

namespace p5 {

const SharedLibrary& torch_library() {
  // The library's OpenMP threads sleep when they wait: spinning gains little on an idle machine, and on one with other
  // work it made a training step ten times slower. Whoever sets the variable is obeyed.
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  static const SharedLibrary library(
      {.file = "libp5_torch.so", .provides = "LibTorch", .remedy = "a build with -DP5_TORCH=ON"});
  return library;
}

}  // namespace p5
