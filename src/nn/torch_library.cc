#include "nn/torch_library.h"

namespace p5 {

const SharedLibrary& torch_library() {
  static const SharedLibrary library(
      {.file = "libp5_torch.so", .provides = "LibTorch", .remedy = "a build with -DP5_TORCH=ON"});
  return library;
}

}  // namespace p5
