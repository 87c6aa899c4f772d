#include "encoders/encoder_scorer.h"

#include <utility>

namespace p5 {

EncoderScorer::EncoderScorer(ItemTables tables, std::int64_t width)
    : width_(width), by_age_(std::move(tables.by_age)), gate_(tables.gate) {
  items_.pack_transposed({.data = tables.vectors.data(),
                          .rows = static_cast<std::int64_t>(tables.vectors.size()) / width,
                          .columns = width,
                          .stride = width});
}

void EncoderScorer::multiply_items(std::span<const float> vectors, std::span<float> scores) const {
  thread_local LeftFactor left;
  const std::int64_t rows = static_cast<std::int64_t>(vectors.size()) / width_;
  left.pack(ConstMatrix{.data = vectors.data(), .rows = rows, .columns = width_, .stride = width_});
  multiply(left, items_, Matrix{.data = scores.data(), .rows = rows, .columns = items(), .stride = items()});
}

void EncoderScorer::add_evidence(std::span<const KnownToken> entries, std::span<float> scores) const {
  for (const KnownToken& entry : entries) {
    float& score = scores[static_cast<std::size_t>(entry.token) - 1];
    score += gate_ * entry.feature;
    if (entry.age >= 0 && static_cast<std::size_t>(entry.age) < by_age_.size()) {
      score += by_age_[static_cast<std::size_t>(entry.age)];
    }
  }
}

}  // namespace p5
