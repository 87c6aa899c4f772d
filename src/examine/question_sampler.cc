#include "examine/question_sampler.h"

#include <fmt/format.h>

#include "base/draw.h"
#include "base/rng.h"
#include "corpus/negatives.h"
#include "task/corpus_questions.h"
#include "task/task_families.h"

namespace p5 {
namespace {

constexpr std::int64_t kTrainSample = 5000;

bool asks_about_users(const PromptTemplate& prompt) {
  return prompt.task == PromptTask::kYesNo && asking_family(prompt).view == SplitView::kRanking;
}

}  // namespace

std::uint64_t QuestionSample::number() const {
  std::uint64_t number = 0;
  for (const TaskQuestion& question : questions) {
    number = stable_hash(fmt::format("{} {}", question.user.value_or(0), question.item.value_or(0)), number);
  }
  return number;
}

Rng review_stream(const EvaluateOptions& options) {
  return Rng(static_cast<std::uint64_t>(options.seed), "evaluate reviews");
}

QuestionSample QuestionSampler::sample(const PromptTemplate& prompt) const {
  if (asks_about_users(prompt)) return run_->foreign ? QuestionSample() : about_users(prompt);
  QuestionSample sample = about_reviews(prompt, run_->part(), run_->evaluate.reviews);
  if (prompt.family == kRatingFamily && prompt.task == PromptTask::kYesNo) propose_stars(sample.questions);
  return sample;
}

QuestionSample QuestionSampler::sample_of_training(const PromptTemplate& prompt) const {
  return about_reviews(prompt, Part::kTrain, kTrainSample);
}

QuestionSample QuestionSampler::about_reviews(const PromptTemplate& prompt, Part part, std::int64_t limit) const {
  const Corpus& corpus = *run_->data.corpus;
  const auto question_of = [&](std::size_t interaction) {
    TaskQuestion question = question_about(corpus, interaction, run_->explanations.get(), run_->bundle.scale);
    question.anonymous = run_->foreign;
    return question;
  };
  std::vector<std::size_t> positions;
  for (const std::size_t i : run_->data.reviews->positions(part)) {
    if (run_->writer.knows_all(question_of(i), prompt.id)) positions.push_back(i);
  }
  QuestionSample sample{.questions = {}, .of = positions.size()};
  keep_sample(positions, static_cast<std::size_t>(limit), review_stream(run_->evaluate));
  for (const std::size_t position : positions) sample.questions.push_back(question_of(position));
  return sample;
}

// The target is a yes, the first stored negative a no.
QuestionSample QuestionSampler::about_users(const PromptTemplate& prompt) const {
  const Split& split = *run_->data.ranking;
  const NegativeSamples negatives =
      draw_negatives(*run_->data.corpus, static_cast<std::size_t>(run_->evaluate.negatives),
                     static_cast<std::uint64_t>(run_->bundle.split.seed));
  std::vector<UserId> users;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    if (split.target_of(user, run_->part()) && !negatives.of(user).empty()) users.push_back(user);
  }
  QuestionSample sample{.questions = {}, .of = 2 * users.size()};
  keep_sample(users, static_cast<std::size_t>(run_->evaluate.users), review_stream(run_->evaluate));
  for (const UserId user : users) {
    TaskQuestion question = question_of_user(split, user, run_->part());
    if (run_->writer.knows_all(question, prompt.id)) sample.questions.push_back(question);
    question.item = negatives.of(user).front();
    question.positive = false;
    if (run_->writer.knows_all(question, prompt.id)) sample.questions.push_back(question);
  }
  return sample;
}

// Half of the questions propose the true stars, the others another number, as in training.
void QuestionSampler::propose_stars(std::vector<TaskQuestion>& questions) const {
  const RatingScale& scale = run_->bundle.scale;
  Rng rng(static_cast<std::uint64_t>(run_->evaluate.seed), "proposed stars");
  for (TaskQuestion& question : questions) {
    question.positive = rng.coin();
    const std::size_t truth = scale.level_of(*question.rating), other = rng.below(scale.level_count() - 1);
    if (!*question.positive) question.rating = scale.level(other < truth ? other : other + 1);
  }
}

}  // namespace p5
