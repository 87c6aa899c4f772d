#include "pipeline/reinforce_options.h"

namespace p5 {

void ReinforceOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kTraining);
  table.add("reinforce.group", &group,
            {.help = "reinforcement learning of the generative model (GRPO): its best items for each question that are "
                     "weighed against each other; 0 = off",
             .minimum = 0,
             .maximum = 256});
  table.add("reinforce.positions", &positions, {.help = "questions of a batch", .minimum = 1, .maximum = 4096});
  table.add("reinforce.kl", &kl,
            {.help = "cost of answers that grow more likely than in the base", .minimum = 0, .maximum = 100});
  table.add(
      "reinforce.rank_penalty", &rank_penalty,
      {.help = "cost of the wrong items of a question together, shared by their ranks", .minimum = 0, .maximum = 100});
  table.add(
      "reinforce.rewards", &rewards,
      {.help = "event=number: what an event of this type earns, as \"purchase=1\", \"view=0.2\"; 1 where not listed"});
}

}  // namespace p5
