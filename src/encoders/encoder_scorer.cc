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

float EncoderScorer::added(const KnownToken& entry) const {
  const bool aged = entry.age >= 0 && static_cast<std::size_t>(entry.age) < by_age_.size();
  return gate_ * entry.feature + (aged ? by_age_[static_cast<std::size_t>(entry.age)] : 0.0f);
}

void EncoderScorer::add_evidence(std::span<const KnownToken> entries, std::span<float> scores) const {
  for (const KnownToken& entry : entries) scores[static_cast<std::size_t>(entry.token) - 1] += added(entry);
}

}  // namespace p5
