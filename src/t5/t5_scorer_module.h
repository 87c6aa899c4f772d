// NextTokenScorer over a T5: sources are encoded once, their keys and values are shared by all beams, and each step
// costs one token per beam. Not thread-safe; works in inference mode; must not outlive the module.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "decode/next_token_scorer.h"
#include "decode/trie_searcher.h"
#include "t5/device_trie_module.h"
#include "t5/t5_module.h"
#include "t5/t5_trie_search_module.h"

namespace p5 {

class T5Scorer final : public NextTokenScorer, public TrieSearcher {
 public:
  // REQUIRES the module in evaluation mode, now and at each score(). Without `tries`, tokens are asked for one by one;
  // `recorded` may be null.
  T5Scorer(std::shared_ptr<T5Module> module, const SourceTensors& sources,
           std::shared_ptr<DeviceTrieCache> tries = nullptr, std::shared_ptr<RecordedSearches> recorded = nullptr);

  std::int32_t source_count() const override { return static_cast<std::int32_t>(encoder_states_.size(0)); }
  // A request without parents starts a new search. Rows of a source need not be neighbors. Sources may drop out, but
  // not come back. Throws Internal for a request that breaks the contract of ScoreRequest.
  void score(const ScoreRequest& request, ScoreResult& result) override;

  std::optional<std::vector<std::vector<Hypothesis>>> search_trie(std::span<const TokenConstraint* const> constraints,
                                                                  const BeamOptions& options) override;

  // Bytes of keys and values: those that grow with the beams, and those that do not.
  std::int64_t beam_bytes() const { return cache_.bytes(); }
  std::int64_t source_bytes() const;

 private:
  // Rows are laid out as [held sources, beams]: sources with fewer rows than the largest are padded with idle slots.
  struct Layout {
    std::vector<std::int32_t> sources;      // ascending
    std::int64_t beams = 0;                 // slots per source
    std::vector<std::int64_t> slot_of_row;  // [rows]
    std::int64_t slots() const { return static_cast<std::int64_t>(sources.size()) * beams; }
  };
  static Layout lay_out(const ScoreRequest& request);
  void hold_sources(const std::vector<std::int32_t>& sources, bool first_step);
  void reorder_cache(const ScoreRequest& request, const Layout& layout);

  std::shared_ptr<T5Module> module_;
  std::shared_ptr<DeviceTrieCache> tries_;  // null: no search by itself
  std::shared_ptr<RecordedSearches> recorded_;
  torch::Tensor encoder_states_;  // [sources, length, d_model]
  EvidenceWeights evidence_;
  torch::Tensor source_bias_;       // additive_mask() of all sources; undefined without padding
  std::vector<std::int32_t> held_;  // the sources in memory_
  std::vector<KeyValue> memory_;    // per block: [held, heads, length, d_kv]
  torch::Tensor memory_bias_;       // source_bias_ of the held sources
  KvCache cache_;                   // per block: [slots, heads, steps, d_kv]
  Layout layout_;                   // of the previous step
  std::vector<std::int32_t> source_of_row_;
};

}  // namespace p5
