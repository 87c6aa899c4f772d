// Constrained beam search of a T5 over one trie without leaving the model's device: trie, closed items, evidence and beams
// are tensors there, and only the answers are copied, once per batch. Not thread-safe; works in inference mode.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "decode/beam_search.h"
#include "decode/token_constraint.h"
#include "t5/device_trie_module.h"
#include "t5/t5_module.h"

namespace p5 {

class T5TrieSearch {
 public:
  static constexpr std::int64_t kMostScores = std::int64_t{1} << 28;

  // encoder_states [sources, length, d_model]; source_bias is additive_mask() of the sources. Of all sources' tokens, at
  // most `most_scores` are scored at once. Module and trie must outlive the object.
  T5TrieSearch(T5Module& module, const DeviceTrie& trie, const torch::Tensor& encoder_states,
               const torch::Tensor& source_bias, std::int64_t most_scores = kMostScores);

  // For each source up to `beams` answers, best first: as beam_search() with TrieLimits of each source, except for the
  // order of equal scores. Throws Corrupted (model) where the model's output is not a number.
  std::vector<std::vector<Hypothesis>> run(const std::vector<TrieLimits>& limits, std::int64_t beams);

 private:
  // What sources know of nodes, under source * nodes + node, ascending.
  struct Sparse {
    torch::Tensor keys;    // [entries] int64
    torch::Tensor values;  // [entries] float32
  };
  struct Answers {
    torch::Tensor scores;  // [sources, beams] float32, -infinity where there is none
    torch::Tensor nodes;   // [sources, beams] int64
  };
  struct Beams;
  struct Choices;

  void read_limits(const std::vector<TrieLimits>& limits, std::size_t begin, std::size_t end);
  Answers search(std::int64_t begin, std::int64_t end, std::int64_t beams);
  // Scores of all tokens that may follow each beam.
  Choices choices_of(const Beams& beams, const torch::Tensor& states, const DeviceTrie::Level& level) const;
  void finish(const Choices& choices, Answers& answers) const;
  void go_on(const Choices& choices, std::int64_t width, Beams& beams) const;
  std::int64_t sources_at_once(std::int64_t beams) const;

  T5Module& module_;
  const DeviceTrie& trie_;
  torch::Tensor encoder_states_, source_bias_;
  std::int64_t most_scores_;
  EvidenceWeights evidence_;
  Sparse closed_, known_;  // of the sources that are searched now; undefined where there are none
};

}  // namespace p5
