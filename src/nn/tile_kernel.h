// The matrix kernel on Intel AMX tiles; see matrix_product.h. Thread-safe: free functions over plain memory.
#pragma once

#include <cstdint>

#include "nn/matrix_product.h"

namespace p5::tiles {

// Whether the processor has bfloat16 tiles and the system lets this process use them. Asks the system once.
bool available();

// What a packed factor of [extent, depth] takes, in floats; extent counts rows of a left or columns of a right factor.
std::size_t packed_size(std::int64_t extent, std::int64_t depth);

// Layouts, a tile being 16 x 32 bfloat16: [block of 16 rows or columns][block of 32 depth][high, low]. A tile of the
// left factor holds rows of 32 depths, one of the right factor holds 16 pairs of depths by 16 columns.
void pack_left(const ConstMatrix& matrix, float* packed);
void pack_left_transposed(const ConstMatrix& matrix, float* packed);
void pack_right(const ConstMatrix& matrix, float* packed);
void pack_right_transposed(const ConstMatrix& matrix, float* packed);

// REQUIRES an open session on this thread.
void multiply(const float* left, const float* right, std::int64_t depth, const Matrix& c, Sum sum);

void open_session();
void close_session();

}  // namespace p5::tiles
