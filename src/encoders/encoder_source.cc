#include "encoders/encoder_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "encoders/history_rows.h"
#include "retrieval/top_k.h"

namespace p5 {
namespace {

constexpr std::size_t kBlockQueries = 64;  // that retrieve() scores at once

}  // namespace

EncoderSource::EncoderSource(std::string name, EncoderSpec spec, std::unique_ptr<SequenceModel> model, Context context,
                             std::size_t catalog_items)
    : name_(std::move(name)),
      spec_(std::move(spec)),
      model_(std::move(model)),
      evidence_(std::move(context.evidence)),
      gaps_(std::move(context.gaps)),
      scorer_(ability_of<ItemEncoder>(*model_).tables(), spec_.options.width),
      catalog_items_(catalog_items) {
  assert(catalog_items_ >= item_count());
}

std::vector<std::vector<Candidate>> EncoderSource::retrieve(std::span<const CandidateQuery> queries,
                                                            std::size_t k) const {
  std::vector<std::vector<Candidate>> lists;
  lists.reserve(queries.size());
  std::vector<float> scores(std::min(kBlockQueries, queries.size()) * item_count());
  for (std::size_t begin = 0; begin < queries.size(); begin += kBlockQueries) {
    const auto block = queries.subspan(begin, std::min(kBlockQueries, queries.size() - begin));
    const auto rows = std::span(scores).first(block.size() * item_count());
    score_known(block, rows);
    for (std::size_t i = 0; i < block.size(); ++i) {
      const auto row = rows.subspan(i * item_count(), item_count());
      if (block[i].candidates.empty()) {
        lists.push_back(top_k(row, k));
        continue;
      }
      std::vector<Candidate> candidates;
      for (const ItemId item : block[i].candidates) {
        if (item < item_count()) candidates.push_back({item, row[item]});
      }
      lists.push_back(top_k(std::move(candidates), k));
    }
  }
  sign(lists);
  return lists;
}

bool EncoderSource::score_all(const CandidateQuery& query, std::span<float> scores) const {
  return score_all(std::span(&query, 1), scores);
}

bool EncoderSource::score_all(std::span<const CandidateQuery> queries, std::span<float> scores) const {
  assert(scores.size() == queries.size() * catalog_items_);
  if (catalog_items_ == item_count()) {
    score_known(queries, scores);
    return true;
  }
  std::vector<float> known(queries.size() * item_count());
  score_known(queries, known);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const auto from = std::span(known).subspan(i * item_count(), item_count());
    const auto row = scores.subspan(i * catalog_items_, catalog_items_);
    float least = 0;
    for (const float score : from) least = std::isfinite(score) ? std::min(least, score) : least;
    std::fill(std::copy(from.begin(), from.end(), row.begin()), row.end(), least);
    for (const ItemId item : queries[i].exclude) {
      if (item < catalog_items_) row[item] = kNotACandidate;
    }
  }
  return true;
}

void EncoderSource::score_known(std::span<const CandidateQuery> queries, std::span<float> scores) const {
  if (queries.empty()) return;
  scorer_.multiply_items(encode(queries), scores);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const auto row = scores.subspan(i * item_count(), item_count());
    if (!has_vector(queries[i])) {
      score_empty(row);
    } else if (evidence_ != nullptr) {
      scorer_.add_evidence(evidence_->of(queries[i].history), row);
    }
    for (const ItemId item : queries[i].exclude) {
      if (item < item_count()) row[item] = kNotACandidate;
    }
  }
}

std::vector<float> EncoderSource::encode(std::span<const CandidateQuery> queries) const {
  std::vector<std::vector<TokenId>> histories;
  std::vector<std::vector<std::uint8_t>> gaps;
  for (const CandidateQuery& query : queries) {
    histories.push_back(history_tokens(query.history, spec_));
    if (gaps_ == nullptr) continue;
    gaps.push_back(history_gaps(query.history, gaps_->of_history(query.user, query.history), spec_));
  }
  return ability_of<ItemEncoder>(*model_).encode(source_batch(histories, gaps));
}

bool EncoderSource::has_vector(const CandidateQuery& query) const {
  return std::any_of(query.history.begin(), query.history.end(), [this](ItemId item) { return item < item_count(); });
}

void EncoderSource::query_vectors(std::span<const CandidateQuery> queries, std::span<float> vectors) const {
  for (std::size_t begin = 0; begin < queries.size(); begin += kBlockQueries) {
    const auto block = queries.subspan(begin, std::min(kBlockQueries, queries.size() - begin));
    const std::vector<float> encoded = encode(block);
    std::copy(encoded.begin(), encoded.end(), vectors.begin() + static_cast<std::ptrdiff_t>(begin * vector_width()));
  }
}

std::vector<ScoreCorrection> EncoderSource::corrections(const CandidateQuery& query) const {
  std::vector<ScoreCorrection> corrections;
  if (evidence_ == nullptr) return corrections;
  for (const KnownToken& entry : evidence_->of(query.history)) {
    corrections.push_back({static_cast<ItemId>(entry.token - 1), scorer_.added(entry)});
  }
  return corrections;
}

void EncoderSource::score_empty(std::span<float> scores) const {
  for (std::size_t item = 0; item < scores.size(); ++item) scores[item] = std::log1p(spec_.item_counts[item]);
}

FittedState EncoderSource::state() const {
  FittedState state;
  state.put("attributes.count", std::vector<std::uint32_t>{spec_.attributes.count});
  state.put("attributes.begins", spec_.attributes.begins);
  state.put("attributes.values", spec_.attributes.values);
  state.put("attributes.names", spec_.attributes.names);
  state.put("item_counts", spec_.item_counts);
  state.put("item_names", spec_.item_names);
  std::vector<std::uint32_t> columns;
  for (const FeatureBlock& block : spec_.features) {
    state.put(fmt::format("features.{}", columns.size()), block.values);
    columns.push_back(block.columns);
  }
  state.put("features.columns", columns);
  for (const NamedValues& weight : ability_of<ItemEncoder>(*model_).weights()) state.put(weight.name, weight.values);
  return state;
}

void read_item_facts(const FittedState& state, EncoderSpec& spec) {
  const auto items = static_cast<std::size_t>(spec.items);
  ItemAttributes& attributes = spec.attributes;
  attributes.count = state.get<std::uint32_t>("attributes.count", 1).front();
  attributes.begins = state.get<std::uint64_t>("attributes.begins");
  attributes.values = state.get<std::uint32_t>("attributes.values");
  if (state.has("attributes.names")) attributes.names = state.get<std::uint64_t>("attributes.names");
  spec.item_counts = state.get<float>("item_counts", items);
  if (state.has("item_names")) spec.item_names = state.get<std::uint64_t>("item_names", items);
  const auto blocks =
      state.has("features.columns") ? state.get<std::uint32_t>("features.columns") : std::vector<std::uint32_t>();
  for (const std::uint32_t columns : blocks) {
    const auto name = fmt::format("features.{}", spec.features.size());
    spec.features.push_back({.columns = columns, .values = state.get<float>(name, items * columns)});
  }
  const std::vector<std::uint64_t>& begins = attributes.begins;
  const bool none = begins.empty() && attributes.values.empty();
  const bool whole = begins.size() == items + 1 && std::is_sorted(begins.begin(), begins.end()) &&
                     begins.front() == 0 && begins.back() == attributes.values.size();
  if (!none && !whole) throw state.damage("the attributes of all items", fmt::format("{} rows", begins.size()));
  for (const std::uint32_t value : attributes.values) {
    if (value >= attributes.count) throw state.damage("attributes below their count", fmt::format("{}", value));
  }
}

std::unique_ptr<SequenceModel> read_encoder(const FittedState& state, const EncoderSpec& spec,
                                            const DeviceOptions& device) {
  std::unique_ptr<SequenceModel> model = make_encoder(spec, device);
  auto& encoder = ability_of<ItemEncoder>(*model);
  std::vector<NamedValues> weights = encoder.weights();
  for (NamedValues& weight : weights) weight.values = state.get<float>(weight.name, weight.values.size());
  encoder.set_weights(weights);
  return model;
}

}  // namespace p5
