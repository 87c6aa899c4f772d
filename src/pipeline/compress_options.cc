#include "pipeline/compress_options.h"

namespace p5 {

void CompressOptions::bind(OptionTable& table) {
  const OptionBinder own(table, OptionScope::kReport);
  own.add(
      "compress.heads", &heads,
      {.help = "attention heads that --prune leaves in every layer; 0: half of them", .minimum = 0, .maximum = 1024});
  own.add("compress.measure", &measure,
          {.help = "time both runs and measure them on the test part; false: only write the smaller one"});
  own.add("compress.timed_users", &timed_users,
          {.help = "users whose lists are timed, one at a time", .minimum = 1, .maximum = 1e6});
  own.add("compress.resamples", &resamples,
          {.help = "resamples of the paired bootstrap", .minimum = 100, .maximum = 1e6});
}

}  // namespace p5
