// Products of matrices on the CPU, each on one thread, on plain memory: the only place where p5 multiplies outside of
// libtorch. Factors are packed once into the layout of the machine's kernel and may be used many times.
//
// Three kernels, picked when the process starts (base/kernel_limit.h takes some away, for tests and comparisons):
// - float: fused multiply-adds on vectors (AVX-512, AVX2, NEON or SSE2);
// - bfloat16: as float, except that products of kMedium run on pairs of bfloat16 numbers (AVX512-BF16), twice as fast;
// - tiles: Intel AMX. A float32 is split into bfloat16 parts whose products are summed in float32 (Henry, Tang and
//   Heinecke 2019, "Leveraging the bfloat16 artificial intelligence datatype for higher-precision computations").
// Factors of 8-bit integers have kernels of their own (nn/int8_kernel.h).
// Thread-safe as values are: one object, one thread at a time; packed factors may be read by many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace p5 {

// Row-major floats: element (i, j) is data[i * stride + j].
struct ConstMatrix {
  const float* data = nullptr;
  std::int64_t rows = 0, columns = 0, stride = 0;
};
struct Matrix {
  float* data = nullptr;
  std::int64_t rows = 0, columns = 0, stride = 0;

  operator ConstMatrix() const { return {data, rows, columns, stride}; }  // NOLINT(google-explicit-constructor)
};

// What a factor is packed from: the matrix, or its transpose.
struct Operand {
  ConstMatrix matrix;
  bool transposed = false;

  std::int64_t rows() const { return transposed ? matrix.columns : matrix.rows; }
  std::int64_t columns() const { return transposed ? matrix.rows : matrix.columns; }
};

// What a kernel reads a packed right factor, or a part of one, from: the memory from its first row and column on, laid
// out by the depth of the whole factor.
struct PackedRight {
  const float* data = nullptr;
  std::int64_t depth = 0;
  const float* scales = nullptr;  // of the columns; only of 8-bit integers
};

enum class MatrixKernel { kFloat, kBfloat16, kTiles };
MatrixKernel matrix_kernel();
std::string_view matrix_kernel_name();  // "float", "bfloat16" or "tiles", for reports

// How exact products on tiles are, named as in torch.set_float32_matmul_precision. The float kernel is always exact,
// the bfloat16 kernel except where kMedium is required: three products of parts take longer there than one of float32.
// Relative errors are those of a product of random matrices, in the Frobenius norm.
enum class MatrixPrecision {
  kHighest,  // three parts, six products: as exact as float32, 2e-7; gradients as kHigh
  kHigh,     // two parts, three products: 16 bits of mantissa, 4e-6 (TensorFloat-32 has 11 bits)
  kMedium,   // one part, one product: 8 bits of mantissa, 2e-3
  // Weights and what they are multiplied by are rounded to 8-bit integers with a scale for each row of a left and each
  // column of a right factor, on every kernel: 1e-2. For evaluation: a left factor is packed as it is, a right one is a
  // weight [out, in] that is transposed, and depths are at most kMaxInt8Width (nn/int8_rows.h).
  kInt8,
};
// The precision of factors that this thread packs now: kHighest, unless a scope says otherwise. Factors of one product
// must agree, so threads that help this one must pack with the same precision.
MatrixPrecision matrix_precision();

// While one lives, factors that this thread packs have this precision. A model opens one around its work with the
// precision that it was made for.
class MatrixPrecisionScope {
 public:
  explicit MatrixPrecisionScope(MatrixPrecision precision);
  ~MatrixPrecisionScope();
  MatrixPrecisionScope(const MatrixPrecisionScope&) = delete;
  MatrixPrecisionScope& operator=(const MatrixPrecisionScope&) = delete;

 private:
  int before_;
};

// While one lives, this thread packs factors for gradients: where products would be as exact as float32, these are
// exact to 4e-6. That error is small next to the sampling noise of a batch, and it halves the work of a backward pass.
class GradientPrecisionScope : public MatrixPrecisionScope {
 public:
  GradientPrecisionScope();
};

// While one lives, this thread packs factors that are no weights, such as keys and values: those are in float32 where
// weights are 8-bit integers, because rounding each of them takes longer than their products.
class ActivationPrecisionScope : public MatrixPrecisionScope {
 public:
  ActivationPrecisionScope();
};

// Memory that only grows, aligned to cache lines.
class AlignedFloats {
 public:
  float* resize(std::size_t count);  // contents are lost
  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  std::size_t capacity() const { return capacity_; }

 private:
  struct Free {
    void operator()(float* memory) const;
  };
  std::unique_ptr<float[], Free> data_;
  std::size_t capacity_ = 0;
};

// A factor packed for the machine's kernel, to be used many times.
class PackedFactor {
 public:
  std::int64_t depth() const { return depth_; }
  const float* data() const { return memory_.data(); }
  int parts() const { return parts_; }

 protected:
  void shape(std::int64_t extent, std::int64_t depth);  // with the parts that are required now
  std::int64_t extent_ = 0, depth_ = 0;
  int parts_ = 1;  // of a number on tiles; 0: 8-bit integers
  AlignedFloats memory_;
};

// The left factor A [rows, depth] of a product A * B.
class LeftFactor : public PackedFactor {
 public:
  void pack(const ConstMatrix& matrix) { pack_operand({matrix, false}); }            // A = matrix
  void pack_transposed(const ConstMatrix& matrix) { pack_operand({matrix, true}); }  // A = matrix^T
  std::int64_t rows() const { return extent_; }
  // The memory of a factor of this shape, for kernels that make a factor in its packed layout.
  float* make_room(std::int64_t rows, std::int64_t depth);

 private:
  void pack_operand(const Operand& operand);
};

class RightSlice;
class Int8Rows;

// The right factor B [depth, columns].
class RightFactor : public PackedFactor {
 public:
  // Where a slice may begin: at multiples of this, whatever the kernel.
  static constexpr std::int64_t kSliceUnit = 32;

  void pack(const ConstMatrix& matrix) { pack_operand({matrix, false}); }  // B = matrix
  // B = matrix^T: a weight [out, in] as in y = x * W^T.
  void pack_transposed(const ConstMatrix& matrix) { pack_operand({matrix, true}); }
  std::int64_t columns() const { return extent_; }
  float* make_room(std::int64_t depth, std::int64_t columns);  // as of LeftFactor
  // B = some rows of a weight [out, in], transposed, whose integers are taken as they are. REQUIRES kInt8.
  void pack_transposed(const Int8Rows& weight, std::span<const std::int32_t> rows);

  // Some of its columns, or of its rows, as a factor that reads this one's memory. REQUIRES first to be a multiple of
  // kSliceUnit, and also count, unless the slice ends where the factor does.
  RightSlice columns(std::int64_t first, std::int64_t count) const;
  RightSlice rows(std::int64_t first, std::int64_t count) const;

 private:
  void pack_operand(const Operand& operand);  // a large one on all threads of the layer team
  RightSlice slice(std::int64_t row, std::int64_t column, std::int64_t depth, std::int64_t columns) const;
};

// A packed right factor or a part of one, [depth, columns]; valid while the factor stays as it is.
class RightSlice {
 public:
  RightSlice(const RightFactor& whole);  // NOLINT(google-explicit-constructor): a whole factor is also a slice
  std::int64_t depth() const { return depth_; }
  std::int64_t columns() const { return columns_; }
  int parts() const { return parts_; }
  const PackedRight& packed() const { return packed_; }

 private:
  friend class RightFactor;
  PackedRight packed_;
  std::int64_t depth_ = 0, columns_ = 0;
  int parts_ = 1;
};

enum class Sum { kReplace, kAdd };

// C = A * B, or C += A * B. REQUIRES left.depth() == right.depth() and C of [left.rows(), right.columns()].
void multiply(const LeftFactor& left, const RightSlice& right, const Matrix& c, Sum sum = Sum::kReplace);

// Keeps the tile unit configured while it lives, which saves short products their set-up. Nests; optional.
class MatrixSession {
 public:
  MatrixSession();
  ~MatrixSession();
  MatrixSession(const MatrixSession&) = delete;
  MatrixSession& operator=(const MatrixSession&) = delete;
};

}  // namespace p5
