#include "task/answer_evidence.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "prompt/prompt_renderer.h"
#include "task/task_families.h"

namespace p5 {

std::vector<std::string> answers_of(PromptTask task, const RatingScale& scale) {
  switch (task) {
    case PromptTask::kStar:
      return scale.words();
    case PromptTask::kLikeDislike:
      return {std::string(kLikeText), std::string(kDislikeText)};
    case PromptTask::kYesNo:
      return {std::string(kYesText), std::string(kNoText)};
    default:
      return {};
  }
}

AnswerEvidence::AnswerEvidence(std::shared_ptr<const Split> reviews, std::shared_ptr<const Split> ranking,
                               std::shared_ptr<const NeighborEvidence> neighbors, const RatingScale& scale)
    : reviews_(std::move(reviews)),
      ranking_(std::move(ranking)),
      neighbors_(std::move(neighbors)),
      scale_(scale),
      bins_(10 * (scale.level_count() - 1) + 1),
      expectation_(reviews_) {}

std::size_t AnswerEvidence::bin_of(UserId user, ItemId item) const {
  const double expected = scale_.clamp(expectation_.of(user, item));
  const double tenth = std::round((expected - scale_.lowest()) / scale_.spacing() * 10.0);
  return std::min(static_cast<std::size_t>(tenth), bins_ - 1);
}

// Stars by bin, smoothed over neighboring bins and towards those of all ratings, so that rare bins are sensible.
void AnswerEvidence::count_stars() const {
  const Corpus& corpus = reviews_->corpus();
  const std::size_t levels = scale_.level_count();
  std::vector<StarShares> counts(bins_, StarShares(levels, 0.0));
  StarShares all(levels, 0.0);
  double ratings = 0;
  for (const std::size_t i : reviews_->rated_positions(Part::kTrain)) {
    const std::size_t star = scale_.level_of(corpus.ratings()[i]);
    ++counts[bin_of(corpus.users()[i], corpus.items()[i])][star];
    ++all[star];
    ++ratings;
  }
  rated_ = ratings > 0;
  if (!rated_) return;
  constexpr double kWidth = 1.5, kPrior = 20;  // bins; ratings
  by_expectation_.assign(bins_, StarShares(levels, 0.0));
  for (std::size_t bin = 0; bin < bins_; ++bin) {
    StarShares& shares = by_expectation_[bin];
    double sum = 0;
    for (std::size_t star = 0; star < levels; ++star) {
      shares[star] = kPrior * (all[star] + 1) / (ratings + static_cast<double>(levels));
      for (std::size_t other = 0; other < bins_; ++other) {
        const double distance = (static_cast<double>(other) - static_cast<double>(bin)) / kWidth;
        shares[star] += std::exp(-0.5 * distance * distance) * counts[other][star];
      }
      sum += shares[star];
    }
    for (double& share : shares) share /= sum;
  }
}

void AnswerEvidence::count_once() const {
  std::call_once(counted_, [this] {
    count_stars();
    std::vector<double> events(ranking_->corpus().item_count());
    double total = 0;
    for (const std::size_t i : ranking_->positions(Part::kTrain)) {
      ++events[ranking_->corpus().items()[i]];
      ++total;
    }
    for (const double count : events) popularity_.push_back(static_cast<float>(total > 0 ? count / total : 0));
  });
}

const AnswerEvidence::StarShares& AnswerEvidence::stars(const TaskQuestion& question) const {
  return by_expectation_[bin_of(*question.user, *question.item)];
}

double AnswerEvidence::probability_of_next(const TaskQuestion& question) const {
  const ItemId item = *question.item;
  double share = 0;
  const UserId own = question.training && question.user ? *question.user : kUnknownUser;
  for (const Neighbor& neighbor : neighbors_->of(question.history, own)) {
    if (neighbor.item == item) share = neighbor.share;
  }
  const double next = 0.5 * share + 0.5 * popularity_[item], wrong = 1.0 / static_cast<double>(popularity_.size());
  return next / (next + wrong);
}

std::vector<float> AnswerEvidence::shares(const TaskQuestion& question, const PromptTemplate& prompt) const {
  const std::string_view family = asking_family(prompt).name;
  const bool ranks = family == kSequentialFamily || family == kDirectFamily;
  if (answers_of(prompt.task, scale_).empty() || !question.user || !question.item) return {};
  if (!ranks && family != kRatingFamily) return {};
  count_once();
  if (ranks) {
    if (prompt.task != PromptTask::kYesNo) return {};
    const double yes = probability_of_next(question);
    return {static_cast<float>(yes), static_cast<float>(1 - yes)};
  }
  if (!rated_) return {};
  const StarShares& star = stars(question);
  if (prompt.task == PromptTask::kStar) return {star.begin(), star.end()};
  if (prompt.task == PromptTask::kLikeDislike) {
    double like = 0;
    for (std::size_t level = 0; level < star.size(); ++level)
      like += scale_.likes(scale_.level(level)) ? star[level] : 0;
    return {static_cast<float>(like), static_cast<float>(1 - like)};
  }
  if (!question.rating) return {};
  // Half of the questions propose the true stars, the others one of the wrong numbers alike.
  const double right = star[scale_.level_of(*question.rating)];
  const double yes = right / (right + (1 - right) / static_cast<double>(star.size() - 1));
  return {static_cast<float>(yes), static_cast<float>(1 - yes)};
}

}  // namespace p5
