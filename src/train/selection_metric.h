// The metric of validations that selects the weights to keep. A plain value.
#pragma once

#include <string>

namespace p5 {

enum class Better { kHigher, kLower };

struct SelectionMetric {
  std::string name = "metric";  // as train.select names it: "sequential.ndcg@10", "loss"
  Better better = Better::kHigher;
};

}  // namespace p5
