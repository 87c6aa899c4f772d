#include "policy/reward_model.h"

#include "base/rng.h"

namespace p5 {

RewardModel::RewardModel(std::span<const LoggedDecision> decisions, std::size_t folds, double prior, std::uint64_t seed)
    : folds_(folds), prior_(prior), seed_(seed) {
  for (const LoggedDecision& decision : decisions) {
    const std::size_t fold = fold_of(decision);
    for (std::size_t i = 0; i < decision.shown.size(); ++i) {
      const std::size_t place = decision.first_place + i;
      if (places_.size() <= place) places_.resize(place + 1, std::vector<Sum>(folds_));
      places_[place][fold].reward += decision.shown[i].reward;
      ++places_[place][fold].showings;
    }
  }
  // What is beyond the mean of a place is counted from the mean of the part's own, which predictions of the part never
  // read.
  for (const LoggedDecision& decision : decisions) {
    const std::size_t fold = fold_of(decision);
    for (std::size_t i = 0; i < decision.shown.size(); ++i) {
      std::vector<Sum>& item = items_[decision.shown[i].item];
      item.resize(folds_);
      const Sum& own = places_[decision.first_place + i][fold];
      item[fold].reward += decision.shown[i].reward - own.reward / own.showings;
      ++item[fold].showings;
    }
  }
}

std::size_t RewardModel::fold_of(const LoggedDecision& decision) const {
  return stable_hash(decision.id, seed_) % folds_;
}

RewardModel::Sum RewardModel::without(const std::vector<Sum>& by_fold, std::size_t fold) const {
  Sum sum;
  for (std::size_t other = 0; other < by_fold.size(); ++other) {
    if (other == fold) continue;
    sum.reward += by_fold[other].reward;
    sum.showings += by_fold[other].showings;
  }
  return sum;
}

double RewardModel::mean_of_place(std::size_t place, std::size_t fold) const {
  if (place >= places_.size()) return 0;
  const Sum sum = without(places_[place], fold);
  return sum.showings > 0 ? sum.reward / sum.showings : 0;
}

double RewardModel::predict(const std::string& item, std::size_t place, std::size_t fold) const {
  const double mean = mean_of_place(place, fold);
  const auto found = items_.find(item);
  if (found == items_.end()) return mean;
  const Sum sum = without(found->second, fold);
  return sum.showings > 0 ? mean + sum.reward / (sum.showings + prior_) : mean;
}

}  // namespace p5
