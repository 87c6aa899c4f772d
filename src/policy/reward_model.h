// What an item earns at a place, learnt from the log itself: the mean reward of the place, moved by how much the item
// earned beyond the means of the places where it was shown, q(a, l) = m_l + sum of (r - m) / (n_a + prior). The log is
// cut into parts by the ids of its decisions, and each part is predicted from the others (cross-fitting; Chernozhukov
// et al. 2018), so that no decision is predicted from its own reward. Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "policy/logged_decision.h"

namespace p5 {

class RewardModel {
 public:
  // REQUIRES folds >= 2.
  RewardModel(std::span<const LoggedDecision> decisions, std::size_t folds, double prior, std::uint64_t seed);

  std::size_t fold_of(const LoggedDecision& decision) const;
  // For a decision of this part: the reward of an item at a place, from 0.
  double predict(const std::string& item, std::size_t place, std::size_t fold) const;

 private:
  struct Sum {
    double reward = 0, showings = 0;
  };
  // Of all parts but one.
  Sum without(const std::vector<Sum>& by_fold, std::size_t fold) const;
  double mean_of_place(std::size_t place, std::size_t fold) const;

  std::size_t folds_;
  double prior_;
  std::uint64_t seed_;
  std::vector<std::vector<Sum>> places_;                     // [place][fold]
  std::unordered_map<std::string, std::vector<Sum>> items_;  // [fold], of what was earned beyond the place
};

}  // namespace p5
