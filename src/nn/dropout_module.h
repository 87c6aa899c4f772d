// Dropout whose mask is computed, not stored. Thread-safe as far as torch's default generator is.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace p5 {

// In training, zeroes each element with `probability` and scales the others by 1 / (1 - probability); otherwise returns
// the input itself. On the CPU one number is drawn from torch's default generator. The mask is a hash of it and the
// element's index (row_kernels.h), recomputed in the backward pass: equal on any number of threads and several times
// faster than torch::dropout. Other devices use torch::dropout.
torch::Tensor hashed_dropout(const torch::Tensor& input, double probability, bool training);

// A number from torch's default CPU generator, for a mask.
std::uint64_t draw_dropout_seed();

}  // namespace p5
