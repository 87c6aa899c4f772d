// Family 1: how many stars a user gives an item, whether a proposed rating is right, like or dislike. Data: the rated
// interactions of the train part of the review split. Thread-safe: all const.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "task/prompted_task.h"

namespace p5 {

class RatingTask final : public PromptedTask {
 public:
  RatingTask(const TaskData& data, const TaskOptions& options);

  std::size_t datum_count() const override { return positions_.size(); }
  // Yes/no: half of the draws propose the true stars, the others another number of stars, uniformly, as in P5.
  // Like means four stars or more. Stars are drawn from bands when task.rating_bands asks for it.
  TaskExample sample(std::size_t index, Rng& rng) const override;

  // How `user` rates `item`. `rating`, when given, is the true rating: the target, and what a yes-no prompt proposes.
  TaskExample evaluation_example(UserId user, ItemId item, std::string_view prompt_id, float rating = kNoRating) const;

 private:
  std::shared_ptr<const Split> split_;
  std::vector<std::size_t> positions_;  // of the data, in the corpus's columns
};

inline constexpr int kLikeStars = 4;

}  // namespace p5
