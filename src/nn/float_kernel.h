// The matrix kernel on float32 vectors; see matrix_product.h. Thread-safe: free functions over plain memory.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/kernel_limit.h"
#include "nn/matrix_product.h"

namespace p5::floats {

inline constexpr std::int64_t kPanelRows = 12;  // with two AVX-512 vectors of columns: 24 of 32 registers are sums
inline constexpr std::int64_t kPanelColumns = 32;

// One set of vector instructions. The functions are those below.
struct Kernel {
  std::string_view name;
  KernelLimit needs;
  bool (*available)();
  void (*pack_left)(const Operand& left, float* packed);
  void (*pack_right)(const Operand& right, float* packed);
  void (*multiply)(const float* left, const PackedRight& right, std::int64_t depth, const Matrix& c, Sum sum);
  double (*peak)(std::int64_t rounds);
};

// Best first: "avx512", "avx2", "sse2"; on 64-bit ARM "neon". All read the same layouts.
std::span<const Kernel> kernels();
// The first that this processor has, of those that the process may use.
const Kernel& kernel();

// What packed factors take, in floats.
std::size_t packed_left_size(std::int64_t rows, std::int64_t depth);
std::size_t packed_right_size(std::int64_t columns, std::int64_t depth);

// Layouts: [panel of 12 rows][depth][12] and [panel of 32 columns][depth][32], zeros where the matrix ends.
void pack_left(const Operand& left, float* packed);
void pack_right(const Operand& right, float* packed);

// Where element (`row`, `column`) of a right factor of this depth is. REQUIRES a multiple of 32 columns.
std::int64_t right_offset(std::int64_t row, std::int64_t column, std::int64_t depth);

void multiply(const float* left, const PackedRight& right, std::int64_t depth, const Matrix& c, Sum sum);

// Multiply-adds of independent sums in registers alone, whose speed no product can exceed. Returns how many
// floating-point operations `rounds` rounds are.
double run_peak(std::int64_t rounds);

}  // namespace p5::floats
