#include "nn/float_kernel.h"

#include <algorithm>

namespace p5::floats {
namespace {

constexpr std::int64_t kDepthRun = 256;  // depths between two visits of C: a panel of each factor stays in cache

std::int64_t panels(std::int64_t extent, std::int64_t panel) { return (extent + panel - 1) / panel; }

#ifdef __GNUC__
#define P5_INLINE inline __attribute__((always_inline))
#else
#define P5_INLINE inline
#endif

constexpr std::int64_t least(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define P5_X86_VECTORS 1

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,fma")
namespace avx512 {
bool available() {
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
constexpr int kBytes = 64, kRows = 12;
#include "nn/float_vectors.inc"
}  // namespace avx512
#pragma GCC pop_options

// "arch" takes instructions away from builds for a newer processor, so that this kernel is measured as it is.
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
namespace avx2 {
bool available() { return __builtin_cpu_supports("x86-64-v3"); }
constexpr int kBytes = 32, kRows = 6;
#include "nn/float_vectors.inc"
}  // namespace avx2
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64")
#endif

namespace portable {
bool available() { return true; }
#ifdef __aarch64__
constexpr char kName[] = "neon";
constexpr int kBytes = 16, kRows = 12;  // 24 of 32 registers are sums
#else
constexpr char kName[] = "sse2";
constexpr int kBytes = 16, kRows = 6;
#endif
#include "nn/float_vectors.inc"
}  // namespace portable

#ifdef P5_X86_VECTORS
#pragma GCC pop_options
#endif
#undef P5_INLINE

constexpr Kernel kKernels[] = {
#ifdef P5_X86_VECTORS
    {"avx512", KernelLimit::kFloat, avx512::available, avx512::pack_left, avx512::pack_right, avx512::multiply,
     avx512::peak},
    {"avx2", KernelLimit::kAvx2, avx2::available, avx2::pack_left, avx2::pack_right, avx2::multiply, avx2::peak},
#endif
    {portable::kName, KernelLimit::kPortable, portable::available, portable::pack_left, portable::pack_right,
     portable::multiply, portable::peak},
};

}  // namespace

std::size_t packed_left_size(std::int64_t rows, std::int64_t depth) {
  return static_cast<std::size_t>(panels(rows, kPanelRows) * kPanelRows * depth);
}

std::size_t packed_right_size(std::int64_t columns, std::int64_t depth) {
  return static_cast<std::size_t>(panels(columns, kPanelColumns) * kPanelColumns * depth);
}

std::int64_t right_offset(std::int64_t row, std::int64_t column, std::int64_t depth) {
  return column * depth + row * kPanelColumns;
}

std::span<const Kernel> kernels() { return kKernels; }

const Kernel& kernel() {
  static const Kernel& chosen = *std::ranges::find_if(
      kKernels, [](const Kernel& kernel) { return kernel.needs <= kernel_limit() && kernel.available(); });
  return chosen;
}

void pack_left(const Operand& left, float* packed) { kernel().pack_left(left, packed); }
void pack_right(const Operand& right, float* packed) { kernel().pack_right(right, packed); }

void multiply(const float* left, const PackedRight& right, std::int64_t depth, const Matrix& c, Sum sum) {
  kernel().multiply(left, right, depth, c, sum);
}

double run_peak(std::int64_t rounds) { return kernel().peak(rounds); }

}  // namespace p5::floats
