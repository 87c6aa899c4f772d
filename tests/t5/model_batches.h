// Small models and random batches for the tests that need LibTorch.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "model/device_options.h"
#include "t5/t5_spec.h"
#include "text/token_batch.h"

namespace p5::test {

inline const DeviceOptions kCpu{.device = "cpu", .threads = 0};

inline T5Spec nano(std::int64_t vocab = 96) {
  T5Spec spec = T5Spec::preset("nano");
  spec.vocab_size = vocab;
  return spec;
}

inline T5Spec gated_nano() {
  T5Spec spec = nano();
  spec.feed_forward_proj = "gated-gelu";
  spec.tie_word_embeddings = false;
  spec.scale_decoder_outputs = false;
  return spec;
}

// Rows of random tokens with the given lengths; targets end in the end token.
inline TokenBatch random_batch(const std::vector<std::pair<int, int>>& lengths, std::uint32_t seed,
                               std::int32_t vocab = 96) {
  std::mt19937 generator(seed);
  const auto draw = [&] { return static_cast<TokenId>(3 + generator() % static_cast<std::uint32_t>(vocab - 3)); };
  TokenBatch batch;
  batch.rows = static_cast<std::int32_t>(lengths.size());
  for (const auto& [source, target] : lengths) {
    batch.source_length = std::max(batch.source_length, source);
    batch.target_length = std::max(batch.target_length, target);
  }
  for (const auto& [source, target] : lengths) {
    for (int i = 0; i < batch.source_length; ++i) {
      const bool keep = i < source;
      batch.source.push_back(!keep ? kPadToken : i == source - 1 ? kEndToken : draw());
      batch.source_mask.push_back(keep ? 1 : 0);
      batch.whole_word.push_back(keep && i < source - 1 ? 1 + i / 2 : 0);
    }
    for (int i = 0; i < batch.target_length; ++i) {
      const bool keep = i < target;
      batch.target.push_back(!keep ? kPadToken : i == target - 1 ? kEndToken : draw());
      batch.target_mask.push_back(keep ? 1 : 0);
    }
  }
  return batch;
}

// Row `row` of a batch alone, without its padding.
inline TokenBatch single_row(const TokenBatch& batch, std::int32_t row) {
  TokenBatch one;
  one.rows = 1;
  for (std::int32_t i = row * batch.source_length; i < (row + 1) * batch.source_length; ++i) {
    if (batch.source_mask[i] == 0) continue;
    one.source.push_back(batch.source[i]);
    one.source_mask.push_back(1);
    if (!batch.whole_word.empty()) one.whole_word.push_back(batch.whole_word[i]);
  }
  for (std::int32_t i = row * batch.target_length; i < (row + 1) * batch.target_length; ++i) {
    if (batch.target_mask[i] == 0) continue;
    one.target.push_back(batch.target[i]);
    one.target_mask.push_back(1);
  }
  one.source_length = static_cast<std::int32_t>(one.source.size());
  one.target_length = static_cast<std::int32_t>(one.target.size());
  return one;
}

// Runs a test for both feed-forward forms: T5 1.0, tied, and T5 1.1, untied.
class FormTest : public testing::TestWithParam<bool> {
 protected:
  T5Spec spec() const { return GetParam() ? gated_nano() : nano(); }
};

}  // namespace p5::test
