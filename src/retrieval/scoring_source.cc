#include "retrieval/scoring_source.h"

#include <cassert>
#include <utility>

#include "retrieval/top_k.h"

namespace p5 {

std::vector<std::vector<Candidate>> ScoringSource::retrieve(std::span<const CandidateQuery> queries,
                                                            std::size_t k) const {
  std::vector<std::vector<Candidate>> lists;
  lists.reserve(queries.size());
  std::vector<float> scores(item_count_);
  for (const CandidateQuery& query : queries) {
    score_all(query, scores);
    if (query.candidates.empty()) {
      lists.push_back(top_k(scores, k));
      continue;
    }
    std::vector<Candidate> candidates;
    candidates.reserve(query.candidates.size());
    for (const ItemId item : query.candidates) {
      if (item < item_count_) candidates.push_back({item, scores[item]});
    }
    lists.push_back(top_k(std::move(candidates), k));
  }
  sign(lists);
  return lists;
}

bool ScoringSource::score_all(const CandidateQuery& query, std::span<float> scores) const {
  assert(scores.size() == item_count_);
  score(query, scores);
  for (const ItemId item : query.exclude) {
    if (item < item_count_) scores[item] = kNotACandidate;
  }
  return true;
}

}  // namespace p5
