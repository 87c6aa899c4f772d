#include "train/reptile_options.h"

namespace p5 {

void ReptileOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kTraining);
  table.add("reptile.users", &users,
            {.help = "meta-learning by Reptile (docs/finetuning.md): users of a step, on average, each of whom trains "
                     "a copy of the weights; the weights then move towards the mean of the copies by train.lr; 0 = off",
             .minimum = 0,
             .maximum = 1e9});
  table.add("reptile.steps", &steps, {.help = "steps of each user", .minimum = 1, .maximum = 100000});
  table.add("reptile.batch", &batch, {.help = "examples of a user's step", .minimum = 1, .maximum = 65536});
  table.add("reptile.lr", &lr,
            {.help = "learning rate of a user's steps (plain SGD)", .minimum = 1e-9, .maximum = 1000});
  table.add("reptile.clip", &clip,
            {.help = "largest norm of the gradient of a user's step; 0 = no limit", .minimum = 0, .maximum = 1e9});
}

}  // namespace p5
