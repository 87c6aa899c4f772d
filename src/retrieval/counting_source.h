// A source that learns by counting what is in the training data, so that it can tell what it would answer had it never
// seen one of the training users. Training on the answers of a source that has seen the label only teaches a model to
// repeat them: its own pair is among the counts. Thread-safe when score() is.
#pragma once

#include <span>

#include "retrieval/scoring_source.h"

namespace p5 {

class CountingSource : public ScoringSource {
 public:
  // Scores [item_count] of a history, as score_all() would give them for counts of all users but `own`. `history` is a
  // prefix of the train part of `own`. kUnknownUser leaves nobody out. REQUIRES leaves_one_out(), or kUnknownUser.
  virtual void score_without(UserId own, std::span<const ItemId> history, std::span<float> scores) const = 0;
  // Whether it knows its training users: a source that was read from a file does not.
  virtual bool leaves_one_out() const = 0;

 protected:
  using ScoringSource::ScoringSource;
};

}  // namespace p5
