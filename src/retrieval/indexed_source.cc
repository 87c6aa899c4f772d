#include "retrieval/indexed_source.h"

#include <algorithm>
#include <utility>

#include "retrieval/top_k.h"

namespace p5 {

IndexedSource::IndexedSource(std::unique_ptr<CandidateSource> source, EmbeddingIndex index, std::size_t threads)
    : source_(std::move(source)),
      vectors_(dynamic_cast<const VectorSource&>(*source_)),
      index_(std::move(index)),
      threads_(threads) {}

std::vector<Candidate> IndexedSource::corrected(const CandidateQuery& query,
                                                std::span<const ScoreCorrection> corrections,
                                                std::span<const float> vector, std::vector<Candidate> found,
                                                std::size_t k) const {
  if (corrections.empty()) return found;
  const auto place_of = [&](ItemId item) {
    return std::lower_bound(corrections.begin(), corrections.end(), item,
                            [](const ScoreCorrection& a, ItemId b) { return a.item < b; });
  };
  std::erase_if(found, [&](const Candidate& candidate) {
    const auto place = place_of(candidate.item);
    return place != corrections.end() && place->item == candidate.item;
  });
  for (const ScoreCorrection& correction : corrections) {
    if (std::find(query.exclude.begin(), query.exclude.end(), correction.item) != query.exclude.end()) continue;
    found.push_back({correction.item, index_.score(vector, correction.item) + correction.amount});
  }
  return top_k(std::move(found), k);
}

std::vector<std::vector<Candidate>> IndexedSource::retrieve(std::span<const CandidateQuery> queries,
                                                            std::size_t k) const {
  std::vector<std::vector<Candidate>> lists(queries.size());
  std::vector<CandidateQuery> asked;
  std::vector<std::size_t> places;
  std::vector<std::vector<ScoreCorrection>> corrections;
  std::size_t most = 0;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (!queries[i].candidates.empty() || !vectors_.has_vector(queries[i])) {
      lists[i] = std::move(source_->retrieve(queries.subspan(i, 1), k).front());
      continue;
    }
    asked.push_back(queries[i]);
    places.push_back(i);
    corrections.push_back(vectors_.corrections(queries[i]));
    most = std::max(most, corrections.back().size());
  }
  std::vector<float> vectors(asked.size() * index_.width());
  if (!asked.empty()) vectors_.query_vectors(asked, vectors);
  ThreadPool pool(asked.size() <= 1 ? 1 : threads_);  // one pool per call: calls may come from several threads
  auto found = index_.search(vectors, asked, k + most, pool);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto vector = std::span(vectors).subspan(i * index_.width(), index_.width());
    std::vector<Candidate>& list = lists[places[i]];
    list = corrected(asked[i], corrections[i], vector, std::move(found[i]), k);
    if (list.size() > k) list.resize(k);
  }
  sign(lists);
  return lists;
}

bool IndexedSource::score_all(const CandidateQuery& query, std::span<float> scores) const {
  return index_.kind() == EmbeddingIndex::Kind::kExact && source_->score_all(query, scores);
}

}  // namespace p5
