#include "pipeline/initial_vectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/logger.h"
#include "model/token_vector_taker.h"
#include "p5/error.h"

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
  if (width == d_model) return;
  throw usage_error("item vectors of another width than the model's",
                    {.where = "train.item_vectors = " + source,
                     .expected = fmt::format("width {}, as model.d_model says", d_model),
                     .got = fmt::format("width {}", width)});
}

void begin_with_item_vectors(const std::string& source, const SourceInputs& inputs, double deviation,
                             SequenceModel& model) {
  SourceInputs whole = inputs;
  whole.options.nearest.kind = EmbeddingIndexOptions::Kind::kExact;  // the source itself, not an index of it
  const auto opened = open_candidate_source(source, whole);
  const ItemVectors learnt = dynamic_cast<const ItemVectorTable&>(*opened).learnt_vectors();
  const ModelBundle& bundle = inputs.run.bundle;
  const TokenVectors taken = item_token_vectors(*bundle.index, bundle.vocabulary->items(), learnt, deviation);
  ability_of<TokenVectorTaker>(model).take_token_vectors(taken.tokens, taken.vectors);
  log_info(fmt::format("{} item tokens begin with vectors of {}, width {}", taken.tokens.size(), source, learnt.width));
}

}  // namespace p5
