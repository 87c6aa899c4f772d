#include "retrieval/dot_product_kernel.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define P5_X86_VECTORS 1
#include <immintrin.h>
#endif

#include <vector>

#include "base/kernel_limit.h"

namespace p5 {
namespace {

// Tiles are as large as the registers allow: two vectors of sums per user, two of items, one of a user's number.
#ifdef P5_X86_VECTORS
namespace vectors_of_64_bytes {
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,fma")
using Vector = float __attribute__((vector_size(64), may_alias));
constexpr std::size_t kLanes = 16, kUsers = 12;
inline std::uint32_t above(const Vector& scores, const Vector& threshold) {
  return _mm512_cmp_ps_mask(reinterpret_cast<const __m512&>(scores), reinterpret_cast<const __m512&>(threshold),
                            _CMP_GT_OQ);
}
#include "retrieval/dot_product_tile.inc"
#pragma GCC pop_options
}  // namespace vectors_of_64_bytes

namespace vectors_of_32_bytes {
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
using Vector = float __attribute__((vector_size(32), may_alias));
constexpr std::size_t kLanes = 8, kUsers = 6;
// Not by intrinsics, which a build for a newer processor may not inline here.
inline std::uint32_t above(const Vector& scores, const Vector& threshold) {
  return static_cast<std::uint32_t>(__builtin_ia32_movmskps256(__builtin_bit_cast(Vector, scores > threshold)));
}
#include "retrieval/dot_product_tile.inc"
#pragma GCC pop_options
}  // namespace vectors_of_32_bytes
#endif

namespace vectors_of_16_bytes {
using Vector = float __attribute__((vector_size(16), may_alias));
using Mask = std::int32_t __attribute__((vector_size(16)));
constexpr std::size_t kLanes = 4;
#ifdef __aarch64__
constexpr std::size_t kUsers = 12;  // of 32 registers
#else
constexpr std::size_t kUsers = 6;  // of 16
#endif
inline std::uint32_t above(const Vector& scores, const Vector& threshold) {
  const Mask bits = (scores > threshold) & Mask{1, 2, 4, 8};
  return static_cast<std::uint32_t>(bits[0] | bits[1] | bits[2] | bits[3]);
}
#include "retrieval/dot_product_tile.inc"
}  // namespace vectors_of_16_bytes

std::vector<DotProductKernel> kernels_of_this_machine() {
  std::vector<DotProductKernel> kernels;
#ifdef P5_X86_VECTORS
  if (kernel_limit() >= KernelLimit::kFloat && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    using namespace vectors_of_64_bytes;
    kernels.push_back({"AVX-512", kUsers, kItems, run_tile});
  }
  if (kernel_limit() >= KernelLimit::kAvx2 && __builtin_cpu_supports("x86-64-v3")) {
    using namespace vectors_of_32_bytes;
    kernels.push_back({"AVX2", kUsers, kItems, run_tile});
  }
#endif
  using namespace vectors_of_16_bytes;
  kernels.push_back({"generic", kUsers, kItems, run_tile});
  return kernels;
}

}  // namespace

std::span<const DotProductKernel> dot_product_kernels() {
  static const std::vector<DotProductKernel> kernels = kernels_of_this_machine();
  return kernels;
}

}  // namespace p5
