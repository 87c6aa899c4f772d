// What counts know about answers in words, as evidence about neighbors is for items: how likely each number of stars,
// like or dislike, and yes or no are before the model is asked. Models see it in their logits. Counted when first
// asked for. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "corpus/rating_scale.h"
#include "corpus/split.h"
#include "prompt/prompt_template.h"
#include "prompt/task_question.h"
#include "retrieval/neighbor_evidence.h"
#include "task/rating_expectation.h"

namespace p5 {

// The answers that a prompt of a task chooses among, in the order of their shares: the levels of the scale ("1" to
// "5"), like and dislike, yes and no. Empty for other tasks.
std::vector<std::string> answers_of(PromptTask task, const RatingScale& scale);

class AnswerEvidence {
 public:
  // `reviews` for ratings, `ranking` and `neighbors` for whether an item comes next.
  AnswerEvidence(std::shared_ptr<const Split> reviews, std::shared_ptr<const Split> ranking,
                 std::shared_ptr<const NeighborEvidence> neighbors, const RatingScale& scale = {});

  // The share of each answer to the prompt, in the order of answers_of(); empty where nothing is known. Ratings: how
  // often each star was given where RatingExpectation, without the pair asked about, expected about as much. An item
  // after a history: q / (q + 1/n) for a true item's probability q, half of it the neighbors' share and half the share
  // of training events, against a wrong one of n items alike. In training (question.training) the user's own pairs are
  // not among the counts.
  std::vector<float> shares(const TaskQuestion& question, const PromptTemplate& prompt) const;

 private:
  using StarShares = std::vector<double>;  // of the levels of the scale

  void count_once() const;
  void count_stars() const;
  std::size_t bin_of(UserId user, ItemId item) const;
  const StarShares& stars(const TaskQuestion& question) const;
  double probability_of_next(const TaskQuestion& question) const;

  std::shared_ptr<const Split> reviews_, ranking_;
  std::shared_ptr<const NeighborEvidence> neighbors_;
  RatingScale scale_;
  std::size_t bins_;  // of expected ratings, ten for each distance of two levels: 1.0, 1.1, ... 5.0
  RatingExpectation expectation_;
  mutable std::once_flag counted_;
  mutable std::vector<StarShares> by_expectation_;  // [bins]
  mutable bool rated_ = false;
  mutable std::vector<float> popularity_;  // [items] shares of training events
};

}  // namespace p5
