#include "task/ranking_task.h"

#include <fmt/format.h>

#include <algorithm>

#include "p5/error.h"

namespace p5 {

RankingTask::RankingTask(std::string family, const TaskData& data, const TaskOptions& options,
                         std::shared_ptr<const NegativeSampler> negatives, std::size_t train_items)
    : PromptedTask(std::move(family), *data.ranking, data.prompts, options),
      split_(data.ranking),
      negatives_(std::move(negatives)) {
  if (!split_->is_sequential()) {
    throw usage_error("this split cannot ask for rankings",
                      {.expected = "one that cuts each user's time line", .got = split_->name()});
  }
  for (UserId user = 0; user < split_->corpus().user_count(); ++user) {
    if (split_->train_items(user).size() >= train_items) users_.push_back(user);
  }
}

TaskExample RankingTask::finish(const PromptTemplate& prompt, TaskQuestion question, Rng& rng) const {
  const UserId user = *question.user;
  std::vector<ItemId> candidates;
  if (prompt.task == PromptTask::kChoose) {
    candidates = negatives_->draw(user, static_cast<std::size_t>(options().candidates) - 1, rng);
    candidates.push_back(*question.item);
    // The negatives come in random order already, so that placing the target at random shuffles the whole.
    std::swap(candidates.back(), candidates[rng.below(candidates.size())]);
    question.candidates = candidates;
  }
  if (prompt.task == PromptTask::kYesNo) {
    question.positive = true;
    if (!rng.coin()) {
      if (const auto negative = negatives_->draw(user, rng)) {
        question.item = negative;
        question.positive = false;
      }
    }
  }
  return write(prompt, question, rng);
}

TaskExample RankingTask::evaluation_example(UserId user, Part part, std::string_view prompt_id,
                                            std::span<const ItemId> candidates) const {
  const auto target = split_->target_of(user, part);
  if (!target) {
    throw not_found_error(fmt::format("user '{}' has no {} target", split_->corpus().user_key(user),
                                      part == Part::kValid ? "validation" : "test"));
  }
  const ItemId item = split_->corpus().items()[*target];
  if (!candidates.empty() && std::find(candidates.begin(), candidates.end(), item) == candidates.end()) {
    throw usage_error("the candidates do not hold the target");
  }
  const bool yes_no = prompt_of_family(prompt_id).task == PromptTask::kYesNo;
  return ask({.user = user,
              .item = item,
              .history = split_->history_for(user, part),
              .candidates = candidates,
              .positive = yes_no ? std::optional(true) : std::nullopt},
             prompt_id);
}

}  // namespace p5
