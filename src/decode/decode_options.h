// How answers are searched for or sampled. A plain value.
#pragma once

#include <cstdint>

#include "base/option_table.h"
#include "decode/beam_search.h"
#include "decode/sampling.h"

namespace p5 {

struct DecodeOptions {
  std::int64_t beams = 20;           // width of the search for items, and the longest list it can return
  double length_penalty = 0;         // items and text: score / length^penalty
  std::int64_t text_beams = 1;       // width of the search for text; 1 = greedy
  std::int64_t max_length = 64;      // tokens of a text, end token included
  std::int64_t min_length = 0;       // tokens of a text before it may end
  double repetition_penalty = 1;     // text: on log-probabilities of tokens already in it; 1 = off
  std::int64_t no_repeat_ngram = 0;  // text: no run of this many tokens comes twice; 0 = off
  std::int64_t beam_groups = 1;      // text: number of groups of beams that are made to differ
  double diversity = 0.5;            // text: cost of a token that an earlier group took at the same position
  std::int64_t consensus = 1;        // text: samples; the one that agrees best with the others is returned
  double temperature = 0;            // text: 0 = the most likely token, above = sampling
  std::int64_t top_k = 50;           // sampling: among this many best tokens
  double top_p = 1;                  // sampling: of these, the fewest that hold this share of their probability
  std::uint64_t seed = 2022;         // sampling

  void bind(OptionTable& table);  // rows decode.*

  // The search for items whose longest path, end token included, is `depth` (ItemTrie::depth()).
  BeamOptions item_search(std::size_t depth) const;
  BeamOptions text_search() const;
  SamplingOptions sampling() const;
  TextRules rules() const;
};

// Text for every source of the scorer as the options ask: sampled, greedy, or the best of a beam search.
std::vector<Hypothesis> write_text(NextTokenScorer& scorer, const DecodeOptions& options);

}  // namespace p5
