#include "decode/decode_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "decode/consensus.h"
#include "p5/error.h"

namespace p5 {

void DecodeOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kAnswer);
  table.add("decode.beams", &beams,
            {.help = "width of the search for items, and the longest list it can return",
             .flag = "beams",
             .minimum = 1,
             .maximum = 1000});
  table.add("decode.length_penalty", &length_penalty,
            {.help = "rank by score / length^penalty; 0 by plain log-probability", .minimum = -10, .maximum = 10});
  table.add("decode.text_beams", &text_beams,
            {.help = "width of the search for text; 1 is greedy", .minimum = 1, .maximum = 100});
  table.add("decode.max_length", &max_length,
            {.help = "longest text in tokens, end token included", .minimum = 1, .maximum = 4096});
  table.add("decode.min_length", &min_length,
            {.help = "tokens of a text before it may end", .minimum = 0, .maximum = 4096});
  table.add("decode.repetition_penalty", &repetition_penalty,
            {.help = "text: factor on the log-probability of tokens that are already in it; 1 = off",
             .minimum = 1,
             .maximum = 100});
  table.add("decode.no_repeat_ngram", &no_repeat_ngram,
            {.help = "text: no run of this many tokens comes twice; 0 = off", .minimum = 0, .maximum = 100});
  table.add("decode.beam_groups", &beam_groups,
            {.help = "text: number of groups of beams that are made to differ; must divide decode.text_beams",
             .minimum = 1,
             .maximum = 100});
  table.add("decode.diversity", &diversity,
            {.help = "text: what a token costs, in log-probability, for each beam of an earlier group that took it at "
                     "the same position",
             .minimum = 0,
             .maximum = 100});
  table.add("decode.consensus", &consensus,
            {.help = "text: samples per question; the one that agrees best with the others is returned (minimum "
                     "Bayes risk); needs decode.temperature > 0; 1 = off",
             .minimum = 1,
             .maximum = 1000});
  table.add("decode.temperature", &temperature,
            {.help = "text: 0 takes the most likely token, above 0 samples one", .minimum = 0, .maximum = 100});
  table.add("decode.top_k", &top_k, {.help = "sample among this many best tokens", .minimum = 1, .maximum = 1000});
  table.add("decode.top_p", &top_p,
            {.help = "sample among the fewest of the top_k tokens that hold this share of their probability",
             .minimum = 1e-6,
             .maximum = 1});
  table.add("decode.seed", &seed, {.help = "seed of sampled text"});
}

BeamOptions DecodeOptions::item_search(std::size_t depth) const {
  return {.beams = static_cast<std::int32_t>(beams),
          .max_length = static_cast<std::int32_t>(std::max<std::size_t>(depth, 1)),
          .length_penalty = static_cast<float>(length_penalty)};
}

BeamOptions DecodeOptions::text_search() const {
  return {.beams = static_cast<std::int32_t>(text_beams),
          .max_length = static_cast<std::int32_t>(max_length),
          .length_penalty = static_cast<float>(length_penalty),
          .groups = static_cast<std::int32_t>(beam_groups),
          .diversity = static_cast<float>(diversity),
          .rules = rules()};
}

SamplingOptions DecodeOptions::sampling() const {
  return {.temperature = temperature,
          .top_k = static_cast<std::int32_t>(top_k),
          .top_p = top_p,
          .seed = seed,
          .draws = static_cast<std::int32_t>(consensus),
          .max_length = static_cast<std::int32_t>(max_length),
          .rules = rules()};
}

TextRules DecodeOptions::rules() const {
  return {.min_length = static_cast<std::int32_t>(min_length),
          .repetition_penalty = static_cast<float>(repetition_penalty),
          .no_repeat_ngram = static_cast<std::int32_t>(no_repeat_ngram)};
}

std::vector<Hypothesis> write_text(NextTokenScorer& scorer, const DecodeOptions& options) {
  if (options.consensus > 1) {
    if (options.temperature <= 0) {
      throw usage_error("a consensus needs texts that differ", {"decode.temperature", "above 0 with decode.consensus",
                                                                fmt::format("{}", options.temperature)});
    }
    return p5::consensus(sample_text(scorer, options.sampling()), static_cast<std::size_t>(options.consensus));
  }
  if (options.temperature > 0 || options.text_beams == 1) return sample_text(scorer, options.sampling());
  std::vector<Hypothesis> best;
  for (std::vector<Hypothesis>& list : beam_search(scorer, {}, options.text_search())) {
    best.push_back(list.empty() ? Hypothesis() : std::move(list.front()));
  }
  return best;
}

}  // namespace p5
