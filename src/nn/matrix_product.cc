#include "nn/matrix_product.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <new>

#include "base/kernel_limit.h"
#include "nn/bfloat16_kernel.h"
#include "nn/float_kernel.h"
#include "nn/int8_kernel.h"
#include "nn/layer_team.h"
#include "nn/tile_kernel.h"

namespace p5 {
namespace {

constexpr std::align_val_t kLine{64};
constexpr int kIntegers = 0;  // "parts" of a factor of 8-bit integers

MatrixKernel choose() {
  if (kernel_limit() >= KernelLimit::kNone && tiles::available()) return MatrixKernel::kTiles;
  const bool pairs = kernel_limit() >= KernelLimit::kBfloat16 && bfloat16::available();
  return pairs ? MatrixKernel::kBfloat16 : MatrixKernel::kFloat;
}

int parts_of(MatrixPrecision precision) {
  switch (precision) {
    case MatrixPrecision::kHighest:
      return 3;
    case MatrixPrecision::kHigh:
      return 2;
    case MatrixPrecision::kMedium:
      return 1;
    case MatrixPrecision::kInt8:
      break;
  }
  return kIntegers;
}

thread_local int parts_here = 3;  // parts_of(matrix_precision())

bool on_tiles() { return matrix_kernel() == MatrixKernel::kTiles; }

// Whether a factor of this many parts is packed into tiles of bfloat16 numbers.
bool in_tiles(int parts) { return on_tiles() || (matrix_kernel() == MatrixKernel::kBfloat16 && parts == 1); }

// How many columns of a right factor of this depth one thread packs at a time: some ten microseconds of work.
std::int64_t pack_columns(std::int64_t depth) {
  constexpr std::int64_t kElements = 1 << 15, kUnit = RightFactor::kSliceUnit;
  return std::max(kElements / std::max<std::int64_t>(depth, 1) / kUnit * kUnit, kUnit);
}

// At most `count` columns from `first` on.
Operand columns_of(const Operand& operand, std::int64_t first, std::int64_t count) {
  ConstMatrix matrix = operand.matrix;
  const std::int64_t left = std::min(count, operand.columns() - first);
  (operand.transposed ? matrix.rows : matrix.columns) = left;
  matrix.data += operand.transposed ? first * matrix.stride : first;
  return {matrix, operand.transposed};
}

}  // namespace

MatrixKernel matrix_kernel() {
  static const MatrixKernel kernel = choose();
  return kernel;
}

MatrixPrecision matrix_precision() {
  constexpr MatrixPrecision kByParts[] = {MatrixPrecision::kInt8, MatrixPrecision::kMedium, MatrixPrecision::kHigh,
                                          MatrixPrecision::kHighest};
  return kByParts[parts_here];
}

MatrixPrecisionScope::MatrixPrecisionScope(MatrixPrecision precision) : before_(parts_here) {
  parts_here = parts_of(precision);
}
MatrixPrecisionScope::~MatrixPrecisionScope() { parts_here = before_; }

GradientPrecisionScope::GradientPrecisionScope()
    : MatrixPrecisionScope(parts_here == 1 ? MatrixPrecision::kMedium : MatrixPrecision::kHigh) {}

ActivationPrecisionScope::ActivationPrecisionScope()
    : MatrixPrecisionScope(parts_here == kIntegers ? MatrixPrecision::kHighest : matrix_precision()) {}

std::string_view matrix_kernel_name() {
  constexpr std::string_view kNames[] = {"float", "bfloat16", "tiles"};
  return kNames[static_cast<int>(matrix_kernel())];
}

void AlignedFloats::Free::operator()(float* memory) const { ::operator delete[](memory, kLine); }

float* AlignedFloats::resize(std::size_t count) {
  if (count > capacity_) {
    data_.reset();
    data_.reset(static_cast<float*>(::operator new[](count * sizeof(float), kLine)));
    capacity_ = count;
  }
  return data_.get();
}

void PackedFactor::shape(std::int64_t extent, std::int64_t depth) {
  extent_ = extent;
  depth_ = depth;
  parts_ = parts_here;
}

float* LeftFactor::make_room(std::int64_t rows, std::int64_t depth) {
  shape(rows, depth);
  if (parts_ == kIntegers) return memory_.resize(int8::packed_left_size(rows, depth));
  return memory_.resize(in_tiles(parts_) ? tiles::packed_size(rows, {depth, parts_})
                                         : floats::packed_left_size(rows, depth));
}

float* RightFactor::make_room(std::int64_t depth, std::int64_t columns) {
  shape(columns, depth);
  if (parts_ == kIntegers) return memory_.resize(int8::packed_right_size(columns, depth));
  return memory_.resize(in_tiles(parts_) ? tiles::packed_size(columns, {depth, parts_})
                                         : floats::packed_right_size(columns, depth));
}

void LeftFactor::pack_operand(const Operand& operand) {
  float* memory = make_room(operand.rows(), operand.columns());
  if (parts_ == kIntegers) return int8::pack_left(operand, memory);
  if (in_tiles(parts_)) return tiles::pack_left(operand, parts_, memory);
  floats::pack_left(operand, memory);
}

void RightFactor::pack_operand(const Operand& operand) {
  float* memory = make_room(operand.rows(), operand.columns());
  const std::int64_t columns = pack_columns(operand.rows());
  const auto pack_span = [&](std::int64_t span) {
    const Operand part = columns_of(operand, span * columns, columns);
    if (parts_ == kIntegers) {
      int8::pack_right(part, span * columns, extent_, memory);
    } else if (in_tiles(parts_)) {
      tiles::pack_right(part, parts_, memory + tiles::right_offset(0, span * columns, {depth_, parts_}));
    } else {
      floats::pack_right(part, memory + floats::right_offset(0, span * columns, depth_));
    }
  };
  if (operand.columns() <= columns) return pack_span(0);
  // A reference, so that the function needs no memory.
  for_each_on_team((operand.columns() + columns - 1) / columns, std::cref(pack_span));
}

void RightFactor::pack_transposed(const Int8Rows& weight, std::span<const std::int32_t> rows) {
  assert(parts_here == kIntegers);
  int8::pack_right(weight, rows, make_room(weight.width(), static_cast<std::int64_t>(rows.size())));
}

RightSlice RightFactor::slice(std::int64_t row, std::int64_t column, std::int64_t depth, std::int64_t columns) const {
  RightSlice slice = *this;
  slice.depth_ = depth;
  slice.columns_ = columns;
  if (parts_ == kIntegers) {
    slice.packed_ = int8::from(slice.packed_, row, column);
    return slice;
  }
  slice.packed_.data +=
      in_tiles(parts_) ? tiles::right_offset(row, column, {depth_, parts_}) : floats::right_offset(row, column, depth_);
  return slice;
}

RightSlice RightFactor::columns(std::int64_t first, std::int64_t count) const {
  assert(first % kSliceUnit == 0 && first + count <= extent_ && (count % kSliceUnit == 0 || first + count == extent_));
  return slice(0, first, depth_, count);
}

RightSlice RightFactor::rows(std::int64_t first, std::int64_t count) const {
  assert(first % kSliceUnit == 0 && first + count <= depth_ && (count % kSliceUnit == 0 || first + count == depth_));
  return slice(first, 0, count, extent_);
}

RightSlice::RightSlice(const RightFactor& whole)
    : packed_(whole.parts() == kIntegers ? int8::whole(whole.data(), whole.columns(), whole.depth())
                                         : PackedRight{whole.data(), whole.depth()}),
      depth_(whole.depth()),
      columns_(whole.columns()),
      parts_(whole.parts()) {}

void multiply(const LeftFactor& left, const RightSlice& right, const Matrix& c, Sum sum) {
  assert(left.depth() == right.depth() && left.parts() == right.parts() && c.rows == left.rows() &&
         c.columns == right.columns());
  if (c.rows == 0 || c.columns == 0) return;
  if (left.depth() == 0) {
    for (std::int64_t row = 0; row < c.rows && sum == Sum::kReplace; ++row) {
      std::fill_n(c.data + row * c.stride, c.columns, 0.0f);
    }
    return;
  }
  const MatrixSession session;
  if (left.parts() == kIntegers) return int8::multiply(left.data(), right.packed(), left.depth(), c, sum);
  if (!in_tiles(left.parts())) return floats::multiply(left.data(), right.packed(), left.depth(), c, sum);
  if (!on_tiles()) return bfloat16::multiply(left.data(), right.packed(), left.depth(), c, sum);
  tiles::multiply(left.data(), right.packed(), {left.depth(), left.parts()}, c, sum);
}

MatrixSession::MatrixSession() {
  if (on_tiles()) tiles::open_session();
}

MatrixSession::~MatrixSession() {
  if (on_tiles()) tiles::close_session();
}

}  // namespace p5
