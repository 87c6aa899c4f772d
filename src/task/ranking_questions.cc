#include "task/ranking_questions.h"

#include <utility>

#include "p5/error.h"
#include "task/label_share.h"

namespace p5 {

RankingQuestions::RankingQuestions(std::string family, const SamplerInputs& inputs, std::size_t train_items)
    : prompts_(std::move(family), inputs.writer, inputs.options),
      split_(inputs.data.ranking),
      negatives_(inputs.negatives),
      candidates_(static_cast<std::size_t>(inputs.options.candidates)) {
  if (!split_->is_sequential()) {
    throw usage_error("rankings need histories",
                      {.expected = "a split that cuts each user's time line", .got = split_->name()});
  }
  for (UserId user = 0; user < split_->corpus().user_count(); ++user) {
    if (split_->train_items(user).size() < train_items || !has_label(inputs, split_->corpus(), user)) continue;
    users_.push_back(user);
  }
}

TaskExample RankingQuestions::write(TaskQuestion question, const PromptTemplate& prompt, Rng& rng) const {
  const UserId user = *question.user;
  std::vector<ItemId> candidates;
  if (prompt.task == PromptTask::kChoose) {
    candidates = negatives_->draw(user, candidates_ - 1, rng);
    candidates.push_back(*question.item);
    // The negatives are in random order already, so placing the target at random shuffles the whole list.
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
  TaskExample example = prompts_.write(question, prompt, rng);
  if (!candidates.empty()) example.place = TargetPlace{.user = user, .candidates = std::move(candidates)};
  return example;
}

}  // namespace p5
