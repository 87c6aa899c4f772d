#include "retrieval/cold_features.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "retrieval/content_filled_source.h"

namespace p5 {
namespace {

constexpr float kCosineFloor = 0.05f, kShareFloor = 1e-4f;  // e of the features

SparseRows rows_of_counted(std::span<const ItemId> items, const SparseRows& contents,
                           const std::vector<bool>& counted) {
  std::vector<std::vector<ItemWeight>> rows(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const ItemWeight& entry : contents[i]) {
      if (counted[entry.item] && entry.weight > 0) rows[i].push_back(entry);
    }
  }
  return SparseRows(std::move(rows));
}

FittedState state_of_rows(const SparseRows& rows) {
  FittedState state;
  rows.put(state);
  return state;
}

}  // namespace

ColdFeatures::ColdFeatures(std::vector<ItemId> items, const SparseRows& contents, const std::vector<bool>& counted,
                           const HistoryWeights& weights)
    : items_(std::move(items)), weights_(weights) {
  const SparseRows rows = rows_of_counted(items_, contents, counted);
  readers_ = transpose(rows, counted.size());
  std::vector<std::vector<ItemWeight>> alike(items_.size());
  for (std::size_t i = 0; i < items_.size(); ++i) {
    alike[i].assign(rows[i].begin(), rows[i].end());
    keep_strongest(alike[i], ContentLikeness::kAlike);
    float sum = 0;
    for (const ItemWeight& entry : alike[i]) sum += entry.weight;
    for (ItemWeight& entry : alike[i]) entry.weight /= sum;
  }
  alike_ = SparseRows(std::move(alike));
}

ColdFeatures::ColdFeatures(const FittedState& state, std::size_t item_count, const HistoryWeights& weights)
    : items_(state.get<ItemId>("cold")), weights_(weights) {
  const auto part = [&](const std::string& name) {
    FittedState rows;
    rows.put("begins", state.get<std::uint64_t>(name + ".begins"));
    rows.put("items", state.get<std::uint32_t>(name + ".items"));
    rows.put("weights", state.get<float>(name + ".weights"));
    return rows;
  };
  readers_ = SparseRows(part("readers"), item_count, items_.size());
  alike_ = SparseRows(part("alike"), items_.size(), item_count);
  if (!std::ranges::is_sorted(items_) || (!items_.empty() && items_.back() >= item_count)) {
    throw state.damage("items of the corpus, ascending", "others");
  }
}

void ColdFeatures::put(FittedState& state) const {
  state.put("cold", items_);
  const auto put_rows = [&](const std::string& name, const FittedState& rows) {
    state.put(name + ".begins", rows.get<std::uint64_t>("begins"));
    state.put(name + ".items", rows.get<std::uint32_t>("items"));
    state.put(name + ".weights", rows.get<float>("weights"));
  };
  put_rows("readers", state_of_rows(readers_));
  put_rows("alike", state_of_rows(alike_));
}

std::vector<ColdFeature> ColdFeatures::of(std::span<const ItemId> history, std::span<const float> scores) const {
  std::vector<float> recent(items_.size()), whole(items_.size());
  float looked_at = 0;
  weights_.for_each(history, readers_.size(), [&](ItemId item, float weight) {
    ++looked_at;
    for (const ItemWeight& reader : readers_[item]) {
      recent[reader.item] += weight * reader.weight;
      whole[reader.item] += reader.weight;
    }
  });
  float total = 0;
  for (const float score : scores) total += std::isfinite(score) ? std::max(0.0f, score) : 0.0f;
  std::vector<ColdFeature> features;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    float share = 0;
    if (total > 0) {
      for (const ItemWeight& entry : alike_[i]) {
        const float score = entry.item < scores.size() ? scores[entry.item] : 0.0f;
        share += std::isfinite(score) ? entry.weight * std::max(0.0f, score) / total : 0.0f;
      }
    }
    if (recent[i] == 0.0f && share == 0.0f) continue;
    features.push_back(
        {static_cast<std::uint32_t>(i),
         {std::log1p(recent[i] / kCosineFloor),
          looked_at > 0 ? std::log1p(whole[i] / (looked_at * kCosineFloor)) : 0.0f, std::log1p(share / kShareFloor)}});
  }
  return features;
}

}  // namespace p5
