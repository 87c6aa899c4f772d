// A source that learns by counting what is in the training data, so that it can tell what it would answer had it never
// seen one of the training users. Training on the answers of a source that has seen the label only teaches a model to
// repeat them: its own pair is among the counts. Thread-safe when score() is.
#pragma once

#include <memory>
#include <span>

#include "corpus/split.h"
#include "retrieval/scoring_source.h"

namespace p5 {

class CountingSource : public ScoringSource {
 public:
  // Scores [item_count] of a history, as score_all() would give them for counts of all users but `own`. `history` is a
  // prefix of the train part of `own`. kUnknownUser leaves nobody out. REQUIRES leaves_one_out(), or kUnknownUser.
  virtual void score_without(UserId own, std::span<const ItemId> history, std::span<float> scores) const = 0;
  // Whether it knows its training users: at first it does not.
  virtual bool leaves_one_out() const = 0;
  // Gives it the training users: REQUIRES the split that it was fit to, or its state was. Not thread-safe.
  virtual void remember_users(std::shared_ptr<const Split> training) = 0;

 protected:
  using ScoringSource::ScoringSource;
};

}  // namespace p5
