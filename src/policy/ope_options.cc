#include "policy/ope_options.h"

namespace p5 {

void OpeOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("ope.rewards", &rewards,
            {.help = "what events of feedback are worth: \"click=1\", \"rating=value\"; empty = 1 for each event that "
                     "is a sign of interest"});
  table.add("ope.places", &places,
            {.help = "first places of each list that are judged, as if it ended there; 0 = all",
             .minimum = 0,
             .maximum = 10000});
  table.add("ope.clip", &clip,
            {.help = "importance weights above this count as this, which trades variance for bias; 0 = no limit",
             .minimum = 0,
             .maximum = 1e9});
  table.add("ope.switch_above", &switch_above,
            {.help = "switch-DR: where the weight is greater, the model of rewards alone counts",
             .minimum = 0,
             .maximum = 1e9});
  table.add("ope.prior", &prior,
            {.help = "the model of rewards: showings at the mean reward that each item begins with",
             .minimum = 0,
             .maximum = 1e9});
  table.add(
      "ope.folds", &folds,
      {.help = "parts of the log; the rewards of each are predicted from the others", .minimum = 2, .maximum = 100});
  table.add("ope.resamples", &resamples,
            {.help = "resamples of the bootstrap intervals", .minimum = 10, .maximum = 100000});
  table.add("ope.confidence", &confidence,
            {.help = "share of logs whose interval is to hold the true value", .minimum = 0.5, .maximum = 0.9999});
  table.add("ope.seed", &seed, {.help = "seed of the bootstrap and of the folds"});
}

}  // namespace p5
