// How items without training events get places in lists. A plain value.
#pragma once

#include "base/option_table.h"

namespace p5 {

struct ColdOptions {
  // An item without training events stands in a list where this many times its probability puts it. 1: as many hits as
  // possible; more: more new items; 0: off.
  double weight = 1.0;

  void bind(OptionTable& table);  // cold.weight
};

}  // namespace p5
