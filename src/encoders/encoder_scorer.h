// Scores of all items from history vectors: a product with the item vectors, plus what is known of single items.
// Thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "encoders/history_evidence.h"
#include "encoders/item_encoder.h"
#include "nn/matrix_product.h"

namespace p5 {

class EncoderScorer {
 public:
  // `width` of the vectors.
  EncoderScorer(ItemTables tables, std::int64_t width);

  std::int64_t width() const { return width_; }
  std::int64_t items() const { return items_.columns(); }
  // scores [rows, items] of vectors [rows, width].
  void multiply_items(std::span<const float> vectors, std::span<float> scores) const;
  // gate * feature, and the logit by age.
  float added(const KnownToken& entry) const;
  // Adds that to a row of scores [items].
  void add_evidence(std::span<const KnownToken> entries, std::span<float> scores) const;

 private:
  std::int64_t width_;
  RightFactor items_;  // [width, items]
  std::vector<float> by_age_;
  float gate_;
};

}  // namespace p5
