#include "nn/torch_library.h"

#include <cstdlib>

namespace p5 {

const SharedLibrary& torch_library() {
  // The library's OpenMP threads sleep while they wait: spinning gains little on an idle machine, and on a busy one it
  // made a training step ten times slower. A value set by the user stays.
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  static const SharedLibrary library(
      {.file = "libp5_torch.so", .provides = "LibTorch", .remedy = "a build with -DP5_TORCH=ON"});
  return library;
}

}  // namespace p5
