#include "recommend/hybrid_row.h"

#include <fmt/format.h>

#include <utility>

#include "base/logger.h"
#include "corpus/split_facts.h"
#include "p5/error.h"
#include "recommend/candidate_sources.h"
#include "recommend/cold_places.h"
#include "recommend/opened_sources.h"
#include "retrieval/content_filled_source.h"
#include "retrieval/hybrid_fit.h"
#include "retrieval/hybrid_source.h"

namespace p5 {
namespace {

// Parts that somebody else keeps, or that the hybrid keeps.
struct OpenedParts {
  std::vector<std::unique_ptr<CandidateSource>> owned;
  std::vector<const CandidateSource*> parts;
};

void open_part(const std::string& name, const SourceInputs& inputs, OpenedParts& opened) {
  if (inputs.part) {
    opened.parts.push_back(&inputs.part(name));
  } else {
    opened.owned.push_back(open_candidate_source(name, inputs));
    opened.parts.push_back(opened.owned.back().get());
  }
}

OpenedParts open_parts(const std::vector<std::string>& names, const SourceInputs& inputs) {
  OpenedParts opened;
  for (const std::string& name : names) open_part(name, inputs, opened);
  return opened;
}

// Takes away the names of parts that the data has nothing to fit on: the others are fused without them.
OpenedParts open_parts_with_data(std::vector<std::string>& names, const SourceInputs& inputs) {
  OpenedParts opened;
  std::erase_if(names, [&](const std::string& name) {
    try {
      open_part(name, inputs, opened);
      return false;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInvalidArgument) throw;
      log_warning(fmt::format("the hybrid does without '{}': {}", name, error.what()));
      return true;
    }
  });
  return opened;
}

// Counts know nothing of new items that nobody has had; they score as what reads like them. Sources that were trained
// with the run already do so.
void fill_new_items(const SourceInputs& inputs, const std::vector<std::string>& names, OpenedParts& opened) {
  if (!inputs.run.has_new_items() || inputs.run.like_uncounted_items()->filled.empty()) return;
  const std::size_t items = inputs.run.data.corpus->item_count();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const SourceRow<CandidateSource>& row = require_candidate_source(names[i]);
    if (row.stays || row.asks_model) continue;
    opened.owned.push_back(
        std::make_unique<ContentFilledSource>(*opened.parts[i], items, items, inputs.run.like_uncounted_items()));
    opened.parts[i] = opened.owned.back().get();
  }
}

std::unique_ptr<CandidateSource> hybrid_of(HybridModel model, OpenedParts opened, const SourceInputs& inputs) {
  return std::make_unique<HybridSource>(std::make_shared<const HybridModel>(std::move(model)), opened.parts,
                                        inputs.run.data.corpus->item_count(), std::move(opened.owned),
                                        HybridColdItems{open_cold_items(inputs), inputs.options.cold.weight});
}

}  // namespace

std::vector<std::string> hybrid_parts(const SourceInputs& inputs) {
  std::vector<std::string> names = inputs.options.hybrid.sources;
  for (const std::string& name : names) {
    if (!require_candidate_source(name).fuses) continue;
    throw usage_error("a hybrid cannot fuse itself",
                      {.where = "hybrid.sources", .expected = "other sources", .got = name});
  }
  if (!names.empty()) return names;
  for (const auto& row : candidate_sources()) {
    if (row.is_part != nullptr && row.is_part(inputs)) names.emplace_back(row.name);
  }
  return names;
}

void bind_hybrid_row(SourceOptions& options, OptionTable& table) { options.hybrid.bind(table); }

namespace {

void count_popularity(const SourceInputs& inputs, HybridModel& model) {
  const std::vector<std::uint32_t> counts = train_counts(*inputs.run.data.ranking);
  model.popularity.assign(counts.begin(), counts.end());
}

}  // namespace

std::unique_ptr<CandidateSource> fit_hybrid_row(const SourceInputs& inputs) {
  if (const auto earlier = state_as_earlier("hybrid", inputs)) {
    HybridModel model = HybridModel::from_state(*earlier);
    count_popularity(inputs, model);
    OpenedParts parts = open_parts(model.parts, inputs);
    return hybrid_of(std::move(model), std::move(parts), inputs);
  }
  std::vector<std::string> names = hybrid_parts(inputs);
  OpenedParts opened = open_parts_with_data(names, inputs);
  std::vector<HybridPart> parts;
  for (std::size_t i = 0; i < names.size(); ++i) parts.push_back({names[i], opened.parts[i]});
  HybridModel model = fit_hybrid(parts, *inputs.run.data.ranking,
                                 {.hybrid = inputs.options.hybrid,
                                  .negatives_seed = static_cast<std::uint64_t>(inputs.run.bundle.split.seed),
                                  .stop = inputs.stop});
  return hybrid_of(std::move(model), std::move(opened), inputs);
}

FittedState hybrid_row_state(const CandidateSource& hybrid) {
  return static_cast<const HybridSource&>(hybrid).model().state();
}

std::unique_ptr<CandidateSource> load_hybrid_row(const FittedState& state, const SourceInputs& inputs) {
  HybridModel model = HybridModel::from_state(state);
  const std::size_t items = inputs.run.data.corpus->item_count();
  if (inputs.run.has_other_data()) {
    count_popularity(inputs, model);
  } else if (model.popularity.size() != items) {
    throw state.damage(fmt::format("the popularity of {} items", items), fmt::format("{}", model.popularity.size()));
  }
  OpenedParts opened = open_parts(model.parts, inputs);
  fill_new_items(inputs, model.parts, opened);
  return hybrid_of(std::move(model), std::move(opened), inputs);
}

}  // namespace p5
