#include "policy/bandit_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "corpus/split_facts.h"
#include "retrieval/reranker.h"

namespace p5 {
namespace {

constexpr std::size_t kNewest = 5;    // items of a history that likeness looks at
constexpr double kLongHistory = 200;  // that is 1 on its scale

}  // namespace

ShopFeatures::ShopFeatures(const Split& split)
    : categories_(split.corpus().catalog()),
      similarity_(split, ItemSimilarity::Basis::kUsers),
      popularity_(split.corpus().item_count(), 0) {
  std::ranges::copy(train_counts(split), popularity_.begin());
  const double most = popularity_.empty() ? 0 : std::ranges::max(popularity_);
  for (double& each : popularity_) each = most > 0 ? std::log1p(each) / std::log1p(most) : 0;
}

FittedOrigin ShopFeatures::origin() const { return {.source = "bandit", .data_sha256 = "any", .options = "shop 1"}; }

void ShopFeatures::write(const CandidateQuery& query, std::span<const Candidate> pool, std::span<double> x) const {
  const std::vector<double> relevance = relevance_of(pool);
  const std::vector<double> taste = categories_.of(query.history);
  const auto newest = query.history.last(std::min(kNewest, query.history.size()));
  const double activity =
      std::min(1.0, std::log1p(static_cast<double>(query.history.size())) / std::log1p(kLongHistory));
  for (std::size_t i = 0; i < pool.size(); ++i) {
    const ItemId item = pool[i].item;
    double shared = 0, alike = 0;
    for (const std::uint32_t category : categories_.categories().of(item)) shared += taste[category];
    for (const ItemId had : newest) alike = std::max(alike, static_cast<double>(similarity_.of(item, had)));
    const double popularity = item < popularity_.size() ? popularity_[item] : 0;
    const double row[] = {
        1,        relevance[i],           popularity, std::min(shared, 1.0), alike, popularity == 0 ? 1.0 : 0.0,
        activity, relevance[i] * activity};
    std::ranges::copy(row, x.begin() + static_cast<std::ptrdiff_t>(i * count()));
  }
}

EncoderFeatures::EncoderFeatures(const VectorSource& encoder) : encoder_(&encoder), items_(encoder.item_vectors()) {}

FittedOrigin EncoderFeatures::origin() const {
  const auto* bytes = reinterpret_cast<const char*>(items_.data());
  return {.source = "bandit",
          .data_sha256 = fmt::format("{:016x}", stable_hash({bytes, items_.size() * sizeof(float)})),
          .options = fmt::format("encoder 1, width {}", encoder_->vector_width())};
}

void EncoderFeatures::write(const CandidateQuery& query, std::span<const Candidate> pool, std::span<double> x) const {
  const std::size_t width = encoder_->vector_width();
  std::vector<float> user(width, 0);
  if (encoder_->has_vector(query)) encoder_->query_vectors({&query, 1}, user);
  const std::vector<double> relevance = relevance_of(pool);
  for (std::size_t i = 0; i < pool.size(); ++i) {
    double* row = &x[i * count()];
    row[0] = 1;
    row[1] = relevance[i];
    const std::size_t begin = pool[i].item * width;
    const bool known = begin + width <= items_.size();
    for (std::size_t at = 0; at < width; ++at) {
      row[2 + at] = known ? static_cast<double>(user[at]) * static_cast<double>(items_[begin + at]) : 0;
    }
  }
}

}  // namespace p5
