#include "retrieval/cold_options.h"

namespace p5 {

void ColdOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kAnswer);
  table.add(
      "cold.weight", &weight,
      {.help = "items without training events, by what they read like: how many times its probability decides the "
               "place of one in a list; 1: as many hits as possible, more: more such items, 0: off",
       .minimum = 0,
       .maximum = 1000});
}

}  // namespace p5
