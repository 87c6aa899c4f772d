// Constrained beam search of a T5 over one trie without leaving the model's device: trie, closed items, evidence and
// beams are tensors there, and only the answers are copied, once per batch. Searches for few users are brought to a few
// shapes and recorded (nn/device_graph_module.h). Not thread-safe; works in inference mode.
#pragma once

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "decode/beam_search.h"
#include "decode/token_constraint.h"
#include "nn/device_graph_module.h"
#include "t5/device_trie_module.h"
#include "t5/t5_module.h"

namespace p5 {

// What a search reads, on the device; undefined where there is nothing.
struct TrieSearchInputs {
  torch::Tensor states;  // [sources, length, d_model] of the encoder
  torch::Tensor hidden;  // [sources, 1, 1, length] additive_mask() of the sources
  torch::Tensor closed;  // [entries] int64, ascending: source * nodes + node that may not be entered
  torch::Tensor known;   // [entries] int64, ascending: source * nodes + node that the model knows something of
  torch::Tensor bias;    // [entries] float32: what the logit of that node's token gets
  torch::Tensor ahead;  // [entries] float32: what a beam there is judged by besides its score; not looked at: undefined
  torch::Tensor given;  // [sources, width] int64: padding, the start token, the tokens that answers begin with
  torch::Tensor given_bias;  // [sources, width] float32: 0, or kHiddenScore for padding

  std::array<torch::Tensor*, 8> all() {
    return {&states, &hidden, &closed, &known, &bias, &ahead, &given, &given_bias};
  }
};

// Searches of one module that were recorded, each with the memory that its inputs are copied to.
class RecordedSearches {
 public:
  explicit RecordedSearches(torch::Device device) : graphs_(device) {}

  struct Search {
    std::uint64_t trie = 0;  // DeviceTrie::serial()
    std::int64_t beams = 0;
    TrieSearchInputs inputs;
    std::int64_t searches = 0;
    torch::Tensor answers;
    std::unique_ptr<DeviceGraph> graph;
  };
  // With inputs of these shapes, filled with these values.
  Search& of(std::uint64_t trie, std::int64_t beams, TrieSearchInputs& inputs);
  DeviceGraphs& graphs() { return graphs_; }
  std::int64_t recorded() const;

 private:
  DeviceGraphs graphs_;
  std::list<std::unique_ptr<Search>> searches_;  // used last first
};

class T5TrieSearch {
 public:
  struct Options {
    std::int64_t most_scores = std::int64_t{1} << 25;  // of tokens, scored at once: about 2 GB of memory
    std::int64_t few_sources = 64;                     // searches of at most that many are recorded
    bool pad_few = false;                              // bring them to few shapes also where nothing can be recorded
  };

  // encoder_states [sources, length, d_model]; source_bias is additive_mask() of the sources. `recorded` may be null.
  // All but the tensors must outlive the object.
  T5TrieSearch(T5Module& module, const DeviceTrie& trie, const torch::Tensor& encoder_states,
               const torch::Tensor& source_bias, RecordedSearches* recorded, const Options& options);
  T5TrieSearch(T5Module& module, const DeviceTrie& trie, const torch::Tensor& encoder_states,
               const torch::Tensor& source_bias, RecordedSearches* recorded = nullptr)
      : T5TrieSearch(module, trie, encoder_states, source_bias, recorded, Options()) {}

  // For each source up to `beams` answers, best first: as beam_search() with TrieLimits of each source, except for the
  // order of equal scores. Throws Corrupted (model) where the model's output is not a number.
  std::vector<std::vector<Hypothesis>> run(const std::vector<TrieLimits>& limits, std::int64_t beams);

 private:
  struct Answers {
    torch::Tensor scores;  // [sources, beams] float32, -infinity where there is none
    torch::Tensor nodes;   // [sources, beams] int64
  };
  struct Beams;
  struct Choices;

  TrieSearchInputs inputs_of(const std::vector<TrieLimits>& limits, std::int64_t begin, std::int64_t end) const;
  void add_given(const std::vector<TrieLimits>& limits, std::int64_t begin, std::int64_t end,
                 TrieSearchInputs& inputs) const;
  // The same searches in a shape that others share; more sources, longer ones and more entries, which change nothing.
  void pad(TrieSearchInputs& inputs) const;
  // [2, sources, beams] float64: scores and nodes.
  torch::Tensor answers_to(TrieSearchInputs& inputs, std::int64_t beams);
  Answers search(const TrieSearchInputs& inputs, std::int64_t beams) const;
  // Scores of all tokens that may follow each beam.
  Choices choices_of(const TrieSearchInputs& inputs, const Beams& beams, const torch::Tensor& states,
                     const DeviceTrie::Level& level) const;
  void finish(const Choices& choices, Answers& answers) const;
  void go_on(const Choices& choices, std::int64_t width, Beams& beams) const;
  std::int64_t sources_at_once(std::int64_t beams) const;

  T5Module& module_;
  const DeviceTrie& trie_;
  torch::Tensor encoder_states_, source_bias_;
  RecordedSearches* recorded_;
  Options options_;
  EvidenceWeights evidence_;
};

}  // namespace p5
