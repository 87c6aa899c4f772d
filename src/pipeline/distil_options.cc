#include "pipeline/distil_options.h"

namespace p5 {

void DistilOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kTraining);
  table.add("distil.teacher", &teacher,
            {.help = "run on the same catalogue whose answers training targets follow in part; empty: none"});
  table.add("distil.source", &source,
            {.help = "source of the teacher that answers: auto (its hybrid where it has one, else p5), or any of p5 "
                     "recommend --source"});
  table.add(
      "distil.items", &items,
      {.help = "items of each of the teacher's lists, over which its distribution is", .minimum = 1, .maximum = 1000});
  table.add("distil.temperature", &temperature,
            {.help = "the teacher's probabilities are taken to the power 1 / this; above 1 they are more even",
             .minimum = 0.05,
             .maximum = 100});
  table.add("distil.weight", &weight,
            {.help = "share of a training target that follows the teacher, in place of evidence.distill",
             .minimum = 0,
             .maximum = 1});
  table.add("distil.histories", &histories,
            {.help = "histories of each user that the teacher answers, the longest ones; 0: all",
             .minimum = 0,
             .maximum = 1e6});
}

}  // namespace p5
