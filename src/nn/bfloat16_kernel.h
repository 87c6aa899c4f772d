// The product of factors of bfloat16 numbers on AVX-512 vectors, by AVX512-BF16 (vdpbf16ps): 32 multiply-adds per
// instruction where a float32 vector does 16. Factors are packed by tile_kernel.h in one part, in the layout that a
// tile unit reads. Thread-safe: free functions over plain memory.
#pragma once

#include <cstdint>

#include "nn/matrix_product.h"

namespace p5::bfloat16 {

// Whether the processor has the instructions. They also take packed factors apart, so tile_kernel.h packs where this is
// true.
bool available();

// C = A * B or C += A * B; `left` and `right` as tiles::multiply() takes them for Depth{depth, 1}. Sums are float32:
// for each element in the order of the blocks of 32 depths, whatever the shape of C. REQUIRES available().
void multiply(const float* left, const PackedRight& right, std::int64_t depth, const Matrix& c, Sum sum);

// As floats::run_peak(), on pairs of bfloat16 numbers. REQUIRES available().
double run_peak(std::int64_t rounds);

}  // namespace p5::bfloat16
