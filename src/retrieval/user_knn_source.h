// User-kNN: the users whose items are most like the history vote for theirs. With idf_i = log(N / (n_i + 1)) of N
// users, n_i of whom have item i, and the history's items weighted by age a_i,
//
//   like(v) = sum_i a_i idf_i^2 [v has i] / |v|,  |v|^2 = sum_{i of v} idf_i^2,
//   score(j) = sum of like(v)^2 over the k users most alike that have j, / sqrt(n_j + shrinkage).
//
// Neighborhoods of users are of Resnick et al., "GroupLens", CSCW 1994; idf weights of Breese, Heckerman and Kadie, UAI
// 1998 (inverse user frequency). Thread-safe once built.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/split.h"
#include "retrieval/counting_source.h"
#include "retrieval/history_weights.h"
#include "retrieval/user_item_sets.h"

namespace p5 {

struct UserKnnOptions {
  std::int64_t neighbors = 200;  // users that vote
  double shrinkage = 3.0;        // divides by sqrt(n_j + shrinkage): popular items need more votes
  HistoryWeights weights = {.recency = 0.7};

  void bind(OptionTable& table);  // rows user_knn.*
};

class UserKnnSource final : public CountingSource {
 public:
  // Reads the train parts; fitting takes one pass. Throws InvalidArgument for a split without histories.
  UserKnnSource(const Split& split, const UserKnnOptions& options);

  std::string name() const override { return "user-knn"; }

  void score_without(UserId own, std::span<const ItemId> history, std::span<float> scores) const override;
  bool leaves_one_out() const override { return true; }
  void remember_users(std::shared_ptr<const Split> training) override {}  // it never forgets them

 protected:
  // A known user is not a neighbor of its own.
  void score(const CandidateQuery& query, std::span<float> scores) const override;

 private:
  struct Vote {
    UserId user;
    float likeness;
  };
  struct Counts;  // the counts of all users, or of all but one

  std::vector<Vote> nearest(const Counts& counts, UserId left_out, std::span<const ItemId> history) const;
  void vote(const Counts& counts, UserId left_out, std::span<const ItemId> history, std::span<float> scores) const;
  // Squares of the norms of users under `counts` [user_count]; those of other users are of no use.
  std::vector<double> norms_without(const Counts& counts) const;

  UserKnnOptions options_;
  UserItemSets sets_;
  double users_ = 0;              // with training items
  std::vector<double> idf_sums_;  // of a user's items [user_count]
  std::vector<double> squares_;   // sums of squared idf [user_count]
};

}  // namespace p5
