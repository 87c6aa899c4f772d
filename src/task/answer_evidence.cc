#include "task/answer_evidence.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "corpus/interaction.h"
#include "prompt/prompt_renderer.h"
#include "task/corpus_questions.h"
#include "task/task_families.h"

namespace p5 {
namespace {

// The bin of an expected number of stars.
std::size_t bin_of(double expected, std::size_t bins) {
  const double tenth = std::round((std::clamp(expected, 1.0, 5.0) - 1.0) * 10.0);
  return std::min(static_cast<std::size_t>(tenth), bins - 1);
}

}  // namespace

const std::vector<std::string>& answers_of(PromptTask task) {
  static const std::vector<std::string> stars{"1", "2", "3", "4", "5"}, none;
  static const std::vector<std::string> likes{std::string(kLikeText), std::string(kDislikeText)};
  static const std::vector<std::string> yes_no{std::string(kYesText), std::string(kNoText)};
  switch (task) {
    case PromptTask::kStar:
      return stars;
    case PromptTask::kLikeDislike:
      return likes;
    case PromptTask::kYesNo:
      return yes_no;
    default:
      return none;
  }
}

AnswerEvidence::AnswerEvidence(std::shared_ptr<const Split> reviews, std::shared_ptr<const Split> ranking,
                               std::shared_ptr<const NeighborEvidence> neighbors)
    : reviews_(std::move(reviews)),
      ranking_(std::move(ranking)),
      neighbors_(std::move(neighbors)),
      expectation_(reviews_) {}

// Stars by bin, smoothed over neighboring bins and towards those of all ratings, so that rare bins are sensible.
void AnswerEvidence::count_once() const {
  std::call_once(counted_, [this] {
    const Corpus& corpus = reviews_->corpus();
    std::array<StarShares, kBins> counts{};
    StarShares all{};
    double ratings = 0;
    for (const std::size_t i : rated(*reviews_, Part::kTrain)) {
      const auto star = static_cast<std::size_t>(star_of(corpus.ratings()[i]) - 1);
      ++counts[bin_of(expectation_.of(corpus.users()[i], corpus.items()[i]), kBins)][star];
      ++all[star];
      ++ratings;
    }
    rated_ = ratings > 0;
    constexpr double kWidth = 1.5, kPrior = 20;  // bins; ratings
    for (std::size_t bin = 0; bin < kBins && rated_; ++bin) {
      StarShares& shares = by_expectation_[bin];
      double sum = 0;
      for (std::size_t star = 0; star < kStars; ++star) {
        shares[star] = kPrior * (all[star] + 1) / (ratings + kStars);
        for (std::size_t other = 0; other < kBins; ++other) {
          const double distance = (static_cast<double>(other) - static_cast<double>(bin)) / kWidth;
          shares[star] += std::exp(-0.5 * distance * distance) * counts[other][star];
        }
        sum += shares[star];
      }
      for (double& share : shares) share /= sum;
    }
    std::vector<double> events(ranking_->corpus().item_count());
    double total = 0;
    for (const std::size_t i : ranking_->positions(Part::kTrain)) {
      ++events[ranking_->corpus().items()[i]];
      ++total;
    }
    for (const double count : events) popularity_.push_back(static_cast<float>(total > 0 ? count / total : 0));
  });
}

AnswerEvidence::StarShares AnswerEvidence::stars(const TaskQuestion& question) const {
  return by_expectation_[bin_of(expectation_.of(*question.user, *question.item), kBins)];
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
  if (answers_of(prompt.task).empty() || !question.user || !question.item) return {};
  if (!ranks && family != kRatingFamily) return {};
  count_once();
  if (ranks) {
    if (prompt.task != PromptTask::kYesNo) return {};
    const double yes = probability_of_next(question);
    return {static_cast<float>(yes), static_cast<float>(1 - yes)};
  }
  if (!rated_) return {};
  const StarShares star = stars(question);
  if (prompt.task == PromptTask::kStar) return {star.begin(), star.end()};
  if (prompt.task == PromptTask::kLikeDislike) {
    double like = 0;
    for (int s = kLikeStars; s <= static_cast<int>(kStars); ++s) like += star[static_cast<std::size_t>(s - 1)];
    return {static_cast<float>(like), static_cast<float>(1 - like)};
  }
  if (!question.rating) return {};
  // Half of the questions propose the true stars, the others one of the four wrong numbers alike.
  const double right = star[static_cast<std::size_t>(std::clamp(*question.rating, 1, 5) - 1)];
  const double yes = right / (right + (1 - right) / 4);
  return {static_cast<float>(yes), static_cast<float>(1 - yes)};
}

}  // namespace p5
