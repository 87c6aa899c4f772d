#include "retrieval/global_mean_predictor.h"

#include <cmath>

#include "p5/error.h"

namespace p5 {

double mean_train_rating(const Split& split) {
  const auto ratings = split.corpus().ratings();
  double sum = 0.0;
  std::size_t count = 0;
  for (const std::size_t i : split.rated_positions(Part::kTrain)) {
    sum += static_cast<double>(ratings[i]);
    ++count;
  }
  if (count == 0) {
    throw usage_error("no ratings to learn from", {.where = "train part of split '" + split.name() + "'",
                                                   .expected = "interactions with ratings",
                                                   .got = "none"});
  }
  return sum / static_cast<double>(count);
}

}  // namespace p5
