#include "retrieval/factor_source.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace p5 {
namespace {

ItemFactors read_factors(const FittedState& state, std::size_t item_count) {
  ItemFactors items;
  items.width = static_cast<std::size_t>(state.get<std::uint64_t>("width", 1).front());
  items.factors = state.get<float>("factors", item_count * items.width);
  items.biases = state.get<float>("biases", item_count);
  return items;
}

// Of factors and, at the end, biases.
std::vector<double> mean_of(const ItemFactors& items) {
  std::vector<double> mean(items.width + 1);
  const double share = 1.0 / static_cast<double>(std::max<std::size_t>(items.item_count(), 1));
  for (ItemId item = 0; item < items.item_count(); ++item) {
    for (std::size_t f = 0; f < items.width; ++f) mean[f] += share * items.of(item)[f];
    mean.back() += share * items.biases[item];
  }
  return mean;
}

}  // namespace

std::vector<double> gram_of(std::span<const float> factors, std::size_t width) {
  std::vector<double> gram(width * width);
  for (std::size_t begin = 0; begin < factors.size(); begin += width) {
    const float* row = factors.data() + begin;
    for (std::size_t i = 0; i < width; ++i) {
      for (std::size_t j = 0; j <= i; ++j) gram[i * width + j] += static_cast<double>(row[i]) * row[j];
    }
  }
  return gram;
}

void solve_positive_definite(std::span<double> a, std::span<double> b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const double sum = a[i * n + j] - std::inner_product(&a[i * n], &a[i * n] + j, &a[j * n], 0.0);
      a[i * n + j] = i == j ? std::sqrt(sum) : sum / a[j * n + j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    b[i] = (b[i] - std::inner_product(&a[i * n], &a[i * n] + i, b.begin(), 0.0)) / a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    b[i] /= a[i * n + i];
    for (std::size_t j = 0; j < i; ++j) b[j] -= a[i * n + j] * b[i];
  }
}

FactorSource::FactorSource(std::string name, ItemFactors items, const FoldIn& fold_in)
    : ScoringSource(items.item_count()),
      name_(std::move(name)),
      items_(std::move(items)),
      fold_in_(fold_in),
      gram_(gram_of(items_.factors, items_.width)),
      mean_(mean_of(items_)) {}

FactorSource::FactorSource(std::string name, const FittedState& state, const FoldIn& fold_in, std::size_t item_count)
    : FactorSource(std::move(name), read_factors(state, item_count), fold_in) {}

FittedState FactorSource::state() const {
  FittedState state;
  state.put("width", std::vector<std::uint64_t>{items_.width});
  state.put("factors", items_.factors);
  state.put("biases", items_.biases);
  return state;
}

std::vector<float> FactorSource::fold_in(std::span<const ItemId> history) const {
  return fold_in_.loss == FoldIn::Loss::kSquared ? fold_in_squared(history) : fold_in_pairwise(history);
}

// By gradient ascent; the function is concave, and 1 / `curvature` is a step that never goes too far.
std::vector<float> FactorSource::fold_in_pairwise(std::span<const ItemId> history) const {
  constexpr int kSteps = 50;
  const std::size_t width = items_.width;
  struct Lead {  // of an item over the mean item
    double weight, bias;
    std::vector<double> factors;
  };
  std::vector<Lead> leads;
  double curvature = 0, weights = 0;
  fold_in_.weights.for_each(history, item_count(), [&](ItemId item, float weight) {
    Lead lead{.weight = weight, .bias = items_.biases[item] - mean_.back(), .factors = {}};
    for (std::size_t f = 0; f < width; ++f) {
      lead.factors.push_back(items_.of(item)[f] - mean_[f]);
      curvature += weight * lead.factors.back() * lead.factors.back() / 4;
    }
    weights += weight;
    leads.push_back(std::move(lead));
  });
  curvature += fold_in_.lambda * weights;
  std::vector<double> p(width), slope(width);
  for (int step = 0; step < kSteps && !leads.empty(); ++step) {
    for (std::size_t f = 0; f < width; ++f) slope[f] = -fold_in_.lambda * weights * p[f];
    for (const Lead& lead : leads) {
      const double margin = std::inner_product(p.begin(), p.end(), lead.factors.begin(), lead.bias);
      const double pull = lead.weight / (1.0 + std::exp(margin));
      for (std::size_t f = 0; f < width; ++f) slope[f] += pull * lead.factors[f];
    }
    for (std::size_t f = 0; f < width; ++f) p[f] += slope[f] / curvature;
  }
  return {p.begin(), p.end()};
}

std::vector<float> FactorSource::fold_in_squared(std::span<const ItemId> history) const {
  const std::size_t width = items_.width;
  std::vector<double> a = gram_, b(width);
  for (std::size_t i = 0; i < width; ++i) a[i * width + i] += fold_in_.lambda;
  fold_in_.weights.for_each(history, item_count(), [&](ItemId item, float weight) {
    const auto q = items_.of(item);
    const double scale = fold_in_.alpha * weight;
    for (std::size_t i = 0; i < width; ++i) {
      for (std::size_t j = 0; j <= i; ++j) a[i * width + j] += scale * q[i] * q[j];
      b[i] += scale * q[i];
    }
  });
  solve_positive_definite(a, b);
  return {b.begin(), b.end()};
}

std::vector<float> FactorSource::item_vectors() const {
  std::vector<float> vectors;
  vectors.reserve(item_count() * vector_width());
  for (ItemId item = 0; item < item_count(); ++item) {
    const auto factors = items_.of(item);
    vectors.insert(vectors.end(), factors.begin(), factors.end());
    vectors.push_back(items_.biases[item]);
  }
  return vectors;
}

void FactorSource::query_vectors(std::span<const CandidateQuery> queries, std::span<float> vectors) const {
  auto to = vectors.begin();
  for (const CandidateQuery& query : queries) {
    const std::vector<float> vector = fold_in(query.history);
    to = std::copy(vector.begin(), vector.end(), to);
    *to++ = 1.0f;
  }
}

void FactorSource::score(const CandidateQuery& query, std::span<float> scores) const {
  const std::vector<float> vector = fold_in(query.history);
  for (ItemId item = 0; item < scores.size(); ++item) {
    const auto q = items_.of(item);
    float sum = items_.biases[item];
    for (std::size_t f = 0; f < vector.size(); ++f) sum += vector[f] * q[f];
    scores[item] = sum;
  }
}

}  // namespace p5
