#include "base/kernel_limit.h"

#include <cstdlib>
#include <iterator>
#include <string>

#include "p5/error.h"

namespace p5 {
namespace {

constexpr const char* kWords[] = {"portable", "avx2", "float", "bfloat16"};  // in the order of KernelLimit

KernelLimit limit_of_environment() {
  const char* wish = std::getenv("P5_MATRIX_KERNEL");
  if (wish == nullptr || *wish == '\0') return KernelLimit::kNone;
  for (std::size_t i = 0; i < std::size(kWords); ++i) {
    if (std::string(wish) == kWords[i]) return static_cast<KernelLimit>(i);
  }
  throw usage_error("the environment variable P5_MATRIX_KERNEL names no kernel",
                    {.expected = "portable, avx2, float or bfloat16, or that it is not set", .got = wish});
}

}  // namespace

KernelLimit kernel_limit() {
  static const KernelLimit limit = limit_of_environment();
  return limit;
}

}  // namespace p5
