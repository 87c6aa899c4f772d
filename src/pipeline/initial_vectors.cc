#include "pipeline/initial_vectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/logger.h"
#include "model/token_vector_taker.h"
#include "p5/error.h"
#include "pipeline/run_vectors.h"
#include "recommend/candidate_sources.h"
#include "recommend/opened_sources.h"

namespace p5 {
namespace {

void scale_to(double deviation, std::vector<float>& values) {
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * value;
  if (squares == 0) return;
  const double factor = deviation / std::sqrt(squares / static_cast<double>(values.size()));
  for (float& value : values) value = static_cast<float>(value * factor);
}

}  // namespace

TokenVectors item_token_vectors(const ItemIndex& index, const TokenRange& items, const ItemVectors& learnt,
                                double deviation) {
  const std::size_t width = learnt.width, count = std::min(index.size(), learnt.values.size() / width);
  std::map<TokenId, std::vector<ItemId>> holders;
  for (ItemId item = 0; item < count; ++item) {
    for (const TokenId token : index.path(item)) {
      if (items.contains(token)) holders[token].push_back(item);
    }
  }
  TokenVectors result;
  for (const auto& [token, sharing] : holders) {
    result.tokens.push_back(token);
    const std::size_t at = result.vectors.size();
    result.vectors.resize(at + width);
    for (const ItemId item : sharing) {
      for (std::size_t i = 0; i < width; ++i) {
        result.vectors[at + i] += learnt.values[item * width + i] / static_cast<float>(sharing.size());
      }
    }
  }
  scale_to(deviation, result.vectors);
  return result;
}

namespace {

Error other_width(const std::string& source, std::int64_t wanted, std::int64_t found) {
  return usage_error("item vectors of another width than the model's",
                     {.where = "train.item_vectors = " + source,
                      .expected = fmt::format("width {}, as model.d_model says", wanted),
                      .got = fmt::format("width {}", found)});
}

// Nothing in a process that only helped to train the source.
std::optional<ItemVectors> vectors_of_source(const std::string& source, const SourceInputs& inputs) {
  if (const auto run = run_of_encoder(source)) {
    return vectors_of_run(*run, inputs.run.data, inputs.run.bundle.split, inputs.threads);
  }
  SourceInputs whole = inputs;
  whole.options.nearest.kind = EmbeddingIndexOptions::Kind::kExact;  // the source itself, not an index of it
  const auto opened = open_candidate_source(source, whole);
  if (opened == nullptr) return std::nullopt;
  return dynamic_cast<const ItemVectorTable&>(*opened).learnt_vectors();
}

}  // namespace

void require_run_vectors(const std::filesystem::path& run, const DataSplits& data, const SplitOptions& split,
                         std::int64_t d_model) {
  const auto width = static_cast<std::int64_t>(vectors_of_run(run, data, split, 1).width);
  if (width != d_model) throw other_width("encoder:" + run.string(), d_model, width);
}

void require_item_vectors(const std::string& source, const SourceOptions& options, std::int64_t d_model) {
  const SourceRow<CandidateSource>& row = require_candidate_source(source);
  if (row.vector_width == nullptr) {
    std::string names;
    for (const auto& other : candidate_sources()) {
      if (other.vector_width != nullptr) names += (names.empty() ? "" : ", ") + std::string(other.name);
    }
    throw usage_error("a source without item vectors",
                      {.where = "train.item_vectors", .expected = "one of " + names, .got = source});
  }
  const std::int64_t width = row.vector_width(options);
  if (width != d_model) throw other_width(source, d_model, width);
}

void begin_with_item_vectors(const std::string& source, const SourceInputs& inputs, double deviation,
                             SequenceModel& model) {
  const std::optional<ItemVectors> learnt = vectors_of_source(source, inputs);
  if (!learnt) return;
  const ModelBundle& bundle = inputs.run.bundle;
  const TokenVectors taken = item_token_vectors(*bundle.index, bundle.vocabulary->items(), *learnt, deviation);
  ability_of<TokenVectorTaker>(model).take_token_vectors(taken.tokens, taken.vectors);
  log_info(
      fmt::format("{} item tokens begin with vectors of {}, width {}", taken.tokens.size(), source, learnt->width));
}

}  // namespace p5
