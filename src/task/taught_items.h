// What a teacher would answer after training histories: for prefixes of a user's train part a distribution over items,
// which a student's targets follow in part (Hinton et al. 2015, "Distilling the knowledge in a neural network").
// Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "decode/trie_evidence.h"
#include "retrieval/neighbor_evidence.h"

namespace p5 {

class TaughtItems {
 public:
  // The lists of one user's prefixes: `lists[i]` of the first `first + i` items of the train part.
  struct UserLists {
    std::size_t first = 0;
    std::vector<std::vector<Neighbor>> lists = {};  // shares of each sum to 1
  };
  // `weight`: the share of a target that follows the teacher.
  TaughtItems(double weight, std::vector<UserLists> users) : weight_(weight), users_(std::move(users)) {}

  double weight() const { return weight_; }
  // Empty where the teacher was not asked.
  std::span<const Neighbor> of(UserId user, std::size_t length) const;
  // Writes the teacher's shares after this prefix to items that something is known of, and adds those that only the
  // teacher knows. Nothing changes where the teacher was not asked.
  void teach(UserId user, std::size_t length, std::vector<KnownItem>& known) const;

 private:
  double weight_;
  std::vector<UserLists> users_;
};

}  // namespace p5
