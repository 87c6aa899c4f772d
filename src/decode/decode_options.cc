#include "decode/decode_options.h"

#include <algorithm>
#include <utility>

namespace p5 {

void DecodeOptions::bind(OptionTable& table) {
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
  table.add("decode.temperature", &temperature,
            {.help = "text: 0 takes the most likely token, above 0 draws one", .minimum = 0, .maximum = 100});
  table.add("decode.top_k", &top_k, {.help = "draw among so many best tokens", .minimum = 1, .maximum = 1000});
  table.add("decode.top_p", &top_p,
            {.help = "draw among the fewest tokens that hold this share", .minimum = 1e-6, .maximum = 1});
  // The same bits under the sign; signed and unsigned of one width may stand for each other.
  table.add("decode.seed", reinterpret_cast<std::int64_t*>(&seed), {.help = "seed of drawn text", .minimum = 0});
}

BeamOptions DecodeOptions::item_search(std::size_t depth) const {
  return {.beams = static_cast<std::int32_t>(beams),
          .max_length = static_cast<std::int32_t>(std::max<std::size_t>(depth, 1)),
          .length_penalty = static_cast<float>(length_penalty)};
}

BeamOptions DecodeOptions::text_search() const {
  return {.beams = static_cast<std::int32_t>(text_beams),
          .max_length = static_cast<std::int32_t>(max_length),
          .length_penalty = static_cast<float>(length_penalty)};
}

SamplingOptions DecodeOptions::sampling() const {
  return {.temperature = temperature,
          .top_k = static_cast<std::int32_t>(top_k),
          .top_p = top_p,
          .seed = seed,
          .max_length = static_cast<std::int32_t>(max_length)};
}

std::vector<Hypothesis> write_text(NextTokenScorer& scorer, const DecodeOptions& options) {
  if (options.temperature > 0 || options.text_beams == 1) return sample_text(scorer, options.sampling());
  std::vector<Hypothesis> best;
  for (std::vector<Hypothesis>& list : beam_search(scorer, {}, options.text_search())) {
    best.push_back(list.empty() ? Hypothesis() : std::move(list.front()));
  }
  return best;
}

}  // namespace p5
