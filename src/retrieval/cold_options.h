// How items without training events get places in lists. A plain value.
#pragma once

#include "base/option_table.h"

namespace p5 {

struct ColdOptions {
  // This many times its probability decides the place of an item without training events. 1: as many hits as
  // possible; more: more new items; 0: off. The default costs known items less than chance moves their figures
  // (docs/hybrid.md).
  double weight = 1.5;

  void bind(OptionTable& table);  // cold.weight
};

}  // namespace p5
