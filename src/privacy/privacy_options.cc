#include "privacy/privacy_options.h"

namespace p5 {

void PrivacyOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kTraining);
  table.add_choice("privacy.unit", &unit, {{"off", Unit::kNone}, {"example", Unit::kExample}, {"user", Unit::kUser}},
                   {.help = "differentially private training (DP-SGD, docs/privacy.md): whose presence the weights do "
                            "not tell, one training example's or one user's with all that is known of that user; off: "
                            "training is not private"});
  table.add("privacy.noise", &noise,
            {.help = "private training: standard deviation of the noise, in multiples of privacy.clip; 0: the least "
                     "that keeps to privacy.epsilon",
             .minimum = 0,
             .maximum = 1e5});
  table.add("privacy.epsilon", &epsilon,
            {.help = "private training: epsilon that all planned steps may spend together; 0: what privacy.noise costs",
             .minimum = 0,
             .maximum = 1e6});
  table.add("privacy.delta", &delta,
            {.help = "private training: delta at which epsilon holds; 0: the number of units to the power of -1.1",
             .minimum = 0,
             .maximum = 0.1});
  table.add("privacy.clip", &clip,
            {.help = "private training: largest norm of the gradient (with federated.clients, of the update) of one "
                     "unit; longer ones are scaled down to it",
             .minimum = 1e-9,
             .maximum = 1e9});
  table.add("privacy.batch", &batch,
            {.help = "private training: examples or users of a step on average; each is drawn on its own",
             .minimum = 1,
             .maximum = 1e9});
  table.add("privacy.examples", &examples,
            {.help = "private training with privacy.unit = user: examples of a user in a step, clipped together",
             .minimum = 1,
             .maximum = 65536});
  table.add("privacy.secret_noise", &secret_noise,
            {.help = "private training: noise and samples come from the operating system's generator; false: from "
                     "train.seed, so that a run repeats, and who knows the seed can take the noise away"});
}

}  // namespace p5
