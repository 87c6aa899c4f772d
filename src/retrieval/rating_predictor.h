// The interface of everything that predicts a rating without text. Thread-safe: all const.
#pragma once

#include <string>

#include "corpus/corpus.h"

namespace p5 {

class RatingPredictor {
 public:
  virtual ~RatingPredictor() = default;
  virtual std::string name() const = 0;
  // On the scale of the ratings but not clamped to it. Users and items that training did not see, kUnknownUser
  // included, get the best estimate without them.
  virtual float predict(UserId user, ItemId item) const = 0;
};

}  // namespace p5
