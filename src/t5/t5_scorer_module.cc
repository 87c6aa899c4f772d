#include "t5/t5_scorer_module.h"

#include <algorithm>
#include <utility>

#include "model/score_request_check.h"
#include "nn/torch_guard_module.h"
#include "t5/next_token_ranker_module.h"

namespace p5 {
namespace {

torch::Tensor ids_on(torch::Device device, const std::vector<std::int64_t>& ids) {
  return torch::tensor(ids, torch::kLong).to(device);
}

bool counts_up_from_zero(const std::vector<std::int64_t>& ids) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

}  // namespace

T5Scorer::T5Scorer(std::shared_ptr<T5Module> module, const SourceTensors& sources,
                   std::shared_ptr<DeviceTrieCache> tries, std::shared_ptr<RecordedSearches> recorded)
    : module_(std::move(module)), tries_(std::move(tries)), recorded_(std::move(recorded)), cache_(0) {
  const c10::InferenceMode guard;
  encoder_states_ = module_->encode(sources);
  source_bias_ = additive_mask(sources.mask);
  evidence_ = module_->evidence_weights();
}

std::optional<std::vector<std::vector<Hypothesis>>> T5Scorer::search_trie(
    std::span<const TokenConstraint* const> constraints, const BeamOptions& options) {
  const bool plain = options.groups == 1 && options.length_penalty == 0.0f && options.rules.change_nothing();
  if (tries_ == nullptr || constraints.empty() || !plain) return std::nullopt;
  std::vector<TrieLimits> limits(constraints.size());
  for (std::size_t i = 0; i < constraints.size(); ++i) {
    if (constraints[i] == nullptr || !constraints[i]->describe(limits[i])) return std::nullopt;
    if (limits[i].trie->serial() != limits[0].trie->serial()) return std::nullopt;
    if (static_cast<std::size_t>(options.max_length) < limits[i].given.size() + limits[i].trie->depth()) {
      return std::nullopt;
    }
  }
  return with_torch_errors([&] {
    const c10::InferenceMode guard;
    const auto trie = tries_->of(*limits[0].trie, encoder_states_.device());
    return T5TrieSearch(*module_, *trie, encoder_states_, source_bias_, recorded_.get()).run(limits, options.beams);
  });
}

std::int64_t T5Scorer::source_bytes() const {
  std::int64_t sum = 0;
  for (const KeyValue& block : memory_) sum += block.bytes();
  return sum;
}

T5Scorer::Layout T5Scorer::lay_out(const ScoreRequest& request) {
  Layout layout;
  layout.sources.assign(request.source.begin(), request.source.end());
  std::sort(layout.sources.begin(), layout.sources.end());
  layout.sources.erase(std::unique(layout.sources.begin(), layout.sources.end()), layout.sources.end());
  std::vector<std::int64_t> used(layout.sources.size(), 0);
  std::vector<std::pair<std::int64_t, std::int64_t>> places;  // [rows] (held source, beam)
  for (const std::int32_t source : request.source) {
    const auto held = std::lower_bound(layout.sources.begin(), layout.sources.end(), source) - layout.sources.begin();
    places.emplace_back(held, used[static_cast<std::size_t>(held)]++);
  }
  layout.beams = used.empty() ? 0 : *std::max_element(used.begin(), used.end());
  for (const auto& [held, beam] : places) layout.slot_of_row.push_back(held * layout.beams + beam);
  return layout;
}

void T5Scorer::hold_sources(const std::vector<std::int32_t>& sources, bool first_step) {
  if (sources == held_) return;
  const torch::Device device = encoder_states_.device();
  if (first_step) {
    const torch::Tensor wanted = ids_on(device, {sources.begin(), sources.end()});
    memory_ = module_->project_memory(encoder_states_.index_select(0, wanted));
  } else {
    std::vector<std::int64_t> kept;
    for (const std::int32_t source : sources) {
      kept.push_back(std::lower_bound(held_.begin(), held_.end(), source) - held_.begin());
    }
    for (KeyValue& block : memory_) block.reorder(ids_on(device, kept));
  }
  held_ = sources;
  if (source_bias_.defined()) {
    memory_bias_ = source_bias_.index_select(0, ids_on(device, {sources.begin(), sources.end()}));
  }
}

void T5Scorer::reorder_cache(const ScoreRequest& request, const Layout& layout) {
  std::vector<std::int64_t> parents(static_cast<std::size_t>(layout.slots()), 0);  // idle slots follow any parent
  for (std::size_t row = 0; row < request.parent.size(); ++row) {
    parents[static_cast<std::size_t>(layout.slot_of_row[row])] =
        layout_.slot_of_row[static_cast<std::size_t>(request.parent[row])];
  }
  if (layout.slots() == layout_.slots() && counts_up_from_zero(parents)) return;
  cache_.reorder(ids_on(encoder_states_.device(), parents));
}

void T5Scorer::score(const ScoreRequest& request, ScoreResult& result) {
  check_score_request(request, {.sources = source_count(),
                                .vocab = static_cast<TokenId>(module_->output_weight().size(0)),
                                .source_of_row = source_of_row_});
  with_torch_errors([&] {
    const c10::InferenceMode guard;
    const bool first_step = request.parent.empty();
    Layout layout = lay_out(request);
    hold_sources(layout.sources, first_step);
    std::vector<std::int64_t> tokens(static_cast<std::size_t>(layout.slots()), kPadToken);  // the start token
    if (first_step) {
      cache_ = KvCache(memory_.size());
    } else {
      reorder_cache(request, layout);
      for (std::size_t row = 0; row < request.last_token.size(); ++row) {
        tokens[static_cast<std::size_t>(layout.slot_of_row[row])] = request.last_token[row];
      }
    }
    const torch::Device device = encoder_states_.device();
    torch::Tensor states;
    if (layout.slots() > 0) {
      states = module_->decode_step(ids_on(device, tokens), cache_, memory_, memory_bias_);
      const bool direct = layout.slots() == static_cast<std::int64_t>(layout.slot_of_row.size()) &&
                          counts_up_from_zero(layout.slot_of_row);
      if (!direct) states = states.index_select(0, ids_on(device, layout.slot_of_row));
    } else {
      states = encoder_states_.new_empty({0, encoder_states_.size(2)});
    }
    layout_ = std::move(layout);
    source_of_row_.assign(request.source.begin(), request.source.end());
    rank_next_tokens(states, module_->output_weight(), evidence_, request, result);
  });
}

}  // namespace p5
