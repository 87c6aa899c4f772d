// The ability of a model to load weights from a folder: what training starts from (train.init). Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace p5 {

class WeightTaker {
 public:
  static constexpr const char* kWhat = "begin from other weights";
  virtual ~WeightTaker() = default;
  // Replaces the weights in place by those of `folder`; optimizers keep their tensors. `source_rows` [vocab_size] gives
  // for each token of this model its row in the folder's vocabulary, or -1 to leave the weight as it is; empty: the
  // vocabularies are equal. Throws Corrupted (model) naming file, tensor, expected and got where shapes differ.
  virtual void take_weights(const std::filesystem::path& folder, std::span<const std::int32_t> source_rows) = 0;
};

}  // namespace p5
