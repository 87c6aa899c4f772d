// A source with a table of scores by user: dense, or as lists.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "retrieval/scoring_source.h"
#include "retrieval/top_k.h"

namespace p5::test {

using ScoreTable = std::vector<std::vector<float>>;  // [users][items]

class TableSource final : public ScoringSource {
 public:
  TableSource(std::string name, ScoreTable table)
      : ScoringSource(table.front().size()), name_(std::move(name)), table_(std::move(table)) {}
  std::string name() const override { return name_; }

 protected:
  void score(const CandidateQuery& query, std::span<float> scores) const override {
    std::copy(table_[query.user].begin(), table_[query.user].end(), scores.begin());
  }

 private:
  std::string name_;
  ScoreTable table_;
};

// The same scores, of which it gives the best alone.
class ListingSource final : public CandidateSource {
 public:
  ListingSource(std::string name, ScoreTable table) : source_(std::move(name), std::move(table)) {}
  std::string name() const override { return source_.name(); }
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override {
    auto lists = source_.retrieve(queries, k);
    sign(lists);
    return lists;
  }

 private:
  TableSource source_;
};

}  // namespace p5::test
