// The matrix kernel on Intel AMX tiles; see matrix_product.h. Thread-safe: free functions over plain memory.
#pragma once

#include <cstdint>

#include "nn/matrix_product.h"

namespace p5::tiles {

// Whether the processor has bfloat16 tiles and the system lets this process use them. Asks the system once.
bool available();

// The depth of a factor, and into how many bfloat16 parts (1 to 3) its numbers are split.
struct Depth {
  std::int64_t count = 0;
  int parts = 3;
};

// Size of a packed factor, in floats; extent counts rows of a left or columns of a right factor.
std::size_t packed_size(std::int64_t extent, const Depth& depth);

// Layouts, a tile being 16 x 32 bfloat16: [block of 16 rows or columns][block of 32 depths][part]. A tile of the left
// factor holds rows of 32 depths, one of the right factor holds 16 pairs of depths by 16 columns. Depth k of a block is
// paired with k + 16, so that neither factor needs shuffling.
void pack_left(const Operand& left, int parts, float* packed);
void pack_right(const Operand& right, int parts, float* packed);

// Where element (`row`, `column`) of a right factor of this depth is. REQUIRES multiples of 32 and 16.
std::int64_t right_offset(std::int64_t row, std::int64_t column, const Depth& depth);

// REQUIRES an open session on this thread.
void multiply(const float* left, const PackedRight& right, const Depth& depth, const Matrix& c, Sum sum);

void open_session();
void close_session();

}  // namespace p5::tiles
