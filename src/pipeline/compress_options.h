// Settings of making a run smaller (pipeline/compress_stage.h). A plain value.
#pragma once

#include <cstdint>

#include "base/option_table.h"

namespace p5 {

struct CompressOptions {
  std::int64_t heads = 0;          // that pruning leaves in each attention; 0 = half of them
  std::int64_t timed_users = 200;  // whose lists are timed
  std::int64_t resamples = 1000;   // of the paired bootstrap
  bool measure = true;             // compare both runs; false: only write the new one

  void bind(OptionTable& table);  // rows compress.*
};

}  // namespace p5
