// Quality beyond accuracy of a source's top-10 lists: how much of the catalogue they show, how diverse, novel, popular,
// unexpected and calibrated they are, how well groups of users and of items fare, and how users and items fare of whom
// little is known. docs/protocol.md defines each figure. Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/split.h"
#include "evaluate/task_result.h"
#include "evaluate/train_facts.h"
#include "retrieval/category_profile.h"
#include "retrieval/item_similarity.h"

namespace p5 {

// One question and what the source answered.
struct AnsweredQuestion {
  UserId user = 0;
  std::span<const ItemId> history = {};
  ItemId target = 0;
  std::size_t rank = 0;               // of the target; kMiss where it was not ranked
  std::span<const ItemId> list = {};  // at most ten, best first, items of the catalogue
};

class BeyondAccuracy {
 public:
  static constexpr std::size_t kListLength = 10;

  // Train part and catalogue of the split; the split must live as long as this.
  explicit BeyondAccuracy(const Split& split);

  // The findings about one row of a report, each with its 95% interval: "coverage@10", ...; exposure by group of items;
  // NDCG@10 by group of users; cold start. Figures that the data cannot tell (no categories) are absent.
  std::vector<Finding> measure(std::span<const AnsweredQuestion> questions) const;

  std::string_view similarity_basis() const { return similarity_.basis(); }

 private:
  void add_lists(std::span<const AnsweredQuestion> questions, std::vector<Finding>& findings) const;
  void add_catalogue(std::span<const AnsweredQuestion> questions, std::vector<Finding>& findings) const;
  void add_popularity(std::span<const AnsweredQuestion> questions, std::vector<Finding>& findings) const;
  void add_calibration(std::span<const AnsweredQuestion> questions, std::vector<Finding>& findings) const;

  const Split* split_;
  TrainFacts facts_;
  ItemSimilarity similarity_;
  CategoryProfile categories_;
};

}  // namespace p5
