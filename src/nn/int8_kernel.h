// The matrix kernel on 8-bit integers; see matrix_product.h. The rows of the left factor and the columns of the right
// one are rounded with a scale of their own each (nn/int8_rows.h): C = scale of the row * scale of the column * sum of
// products of integers. Sums are exact in 32 bits, and so equal on every processor.
//
// x86-64's instructions multiply unsigned by signed bytes, so the right factor is stored with kOffset added, and
// kOffset * the sum of the left row's integers is taken off again. Thread-safe: free functions over plain memory.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/kernel_limit.h"
#include "nn/int8_rows.h"
#include "nn/matrix_product.h"

namespace p5::int8 {

inline constexpr std::int64_t kRows = 16;     // of a block of the left factor: an AMX tile's
inline constexpr std::int64_t kColumns = 32;  // of a panel of the right factor: two tiles, or two AVX-512 registers
inline constexpr std::int64_t kDepth = 64;    // of a tile
inline constexpr std::int32_t kOffset = 128;

// One way to multiply integers.
struct Kernel {
  std::string_view name;
  KernelLimit needs;
  bool (*available)();
  // sums [kRows, kColumns] of a block times a panel; rows from `rows` on may be left as they are. REQUIRES a session
  // of the tile unit for "tiles".
  void (*multiply)(const std::int8_t* left, const std::uint8_t* right, std::int64_t depth, std::int64_t rows,
                   std::int32_t* sums);
  // The sum of a[i] * (b[i] + kOffset).
  std::int32_t (*dot)(const std::int8_t* a, const std::int8_t* b, std::int64_t count);
};

// Best first: "tiles" (AMX), "vnni" (AVX-512), "avx2"; on 64-bit ARM "dotprod"; "plain".
std::span<const Kernel> kernels();
// The first that this processor has, of those that the process may use.
const Kernel& kernel();

// Sizes of packed factors, in floats.
std::size_t packed_left_size(std::int64_t rows, std::int64_t depth);
std::size_t packed_right_size(std::int64_t columns, std::int64_t depth);

// Layout: a scale for each row, then the sum of each row's integers, then [block of 16 rows][block of 64 depths] of 16
// x 64 bytes; zeros where the matrix ends. REQUIRES a matrix that is not transposed.
void pack_left(const Operand& left, float* packed);

// Layout: a scale for each column, then [panel of 32 columns][depth / 4][32 columns] of 4 bytes. A right factor is made
// of rows that become its columns: a weight [out, in] as in y = x * W^T. REQUIRES a transposed operand, `first` a
// multiple of 32; of `columns` columns in all, it writes those from `first` on.
void pack_right(const Operand& right, std::int64_t first, std::int64_t columns, float* packed);
// The same of rows that are rounded already: those of these numbers.
void pack_right(const Int8Rows& rows, std::span<const std::int32_t> numbers, float* packed);

// A packed factor of this many columns as multiply() reads it.
PackedRight whole(const float* packed, std::int64_t columns, std::int64_t depth);
// From element (`row`, `column`) on. REQUIRES multiples of 32.
PackedRight from(const PackedRight& right, std::int64_t row, std::int64_t column);

void multiply(const float* left, const PackedRight& right, std::int64_t depth, const Matrix& c, Sum sum);

}  // namespace p5::int8
