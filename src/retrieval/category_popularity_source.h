// The most frequent items of the categories that a history is about:
//
//   score(j) = sum_c P(c | history) P(j | c) + backoff P(j),
//   P(c | history) ~ sum over the history's items in c of the weight of their age / the item's number of categories,
//   P(j | c) = n_j / sum of n over the items of c.
//
// Categories are those of the catalogue, from general to specific; where it has none, brand and attributes. An empty
// history gets plain popularity. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/split.h"
#include "retrieval/history_weights.h"
#include "retrieval/scoring_source.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

struct CategoryPopularityOptions {
  double backoff = 0.1;  // weight of plain popularity
  HistoryWeights weights = {.recency = 0.8};

  void bind(OptionTable& table);  // rows category.*
};

class CategoryPopularitySource final : public ScoringSource {
 public:
  // Reads the train part of any split.
  CategoryPopularitySource(const Split& split, const CategoryPopularityOptions& options);

  std::string name() const override { return "category-popularity"; }

 protected:
  void score(const CandidateQuery& query, std::span<float> scores) const override;

 private:
  CategoryPopularityOptions options_;
  std::vector<float> popularity_;  // P(j) [item_count]
  SparseRows categories_of_;       // of each item, its categories with weight 1 / their number
  SparseRows items_of_;            // of each category, its items with P(j | c)
};

}  // namespace p5
