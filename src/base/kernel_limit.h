// How much of the processor the kernels of products may use: all of it, unless the environment says less, for tests and
// comparisons. Thread-safe.
#pragma once

namespace p5 {

// P5_MATRIX_KERNEL, in ascending order. A kernel needs one of them, and runs where the limit is at least that.
enum class KernelLimit {
  kPortable,  // "portable": what every processor of this kind has
  kAvx2,      // "avx2": of x86-64, AVX2 and FMA also
  kFloat,     // "float": all vectors, but no units for bfloat16
  kBfloat16,  // "bfloat16": bfloat16 on vectors also
  kNone,      // not set: tiles also
};

// Throws InvalidArgument where P5_MATRIX_KERNEL is something else.
KernelLimit kernel_limit();

}  // namespace p5
