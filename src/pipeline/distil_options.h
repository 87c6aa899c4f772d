// Settings of learning from another run's answers (pipeline/teacher.h). A plain value.
#pragma once

#include <cstdint>
#include <string>

#include "base/option_table.h"

namespace p5 {

struct DistilOptions {
  std::string teacher;          // a run folder; empty: none
  std::string source = "auto";  // of the teacher's items; auto: its hybrid where it has one, else its model
  std::int64_t items = 50;      // of each list
  double temperature = 1;       // of the teacher's distribution
  double weight = 0.5;          // share of a target that follows it
  std::int64_t histories = 0;   // of each user, the longest; 0 = all

  void bind(OptionTable& table);  // rows distil.*
};

}  // namespace p5
