// How answers are searched for. A plain value.
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
  double repetition_penalty = 1;     // text: on log-probabilities of tokens that it holds already; 1 = none
  std::int64_t no_repeat_ngram = 0;  // text: so many tokens in a row never come twice; 0 = they may
  std::int64_t beam_groups = 1;      // text: beams in so many groups that differ from each other
  double diversity = 0.5;            // text: what a token costs that a group before took at the same place
  std::int64_t consensus = 1;        // text: so many are drawn, and the one that agrees most with the others is taken
  double temperature = 0;            // text: 0 = the most likely token, above = sampling
  std::int64_t top_k = 50;           // sampling: among so many best tokens
  double top_p = 1;                  // sampling: of these, the fewest that hold this share
  std::uint64_t seed = 2022;         // sampling

  void bind(OptionTable& table);  // rows decode.*

  // The search for items whose longest path, end token included, is `depth` (ItemTrie::depth()).
  BeamOptions item_search(std::size_t depth) const;
  BeamOptions text_search() const;
  SamplingOptions sampling() const;
  TextRules rules() const;
};

// Text for every source of the scorer as the options say: sampled, greedy, or the best of a beam search.
std::vector<Hypothesis> write_text(NextTokenScorer& scorer, const DecodeOptions& options);

}  // namespace p5
