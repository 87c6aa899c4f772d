#include "retrieval/indexed_source.h"

#include "retrieval/top_k.h"

namespace p5 {

IndexedSource::IndexedSource(std::string name, std::shared_ptr<const VectorSource> source,
                             const EmbeddingIndexOptions& options, std::size_t threads)
    : name_(std::move(name)),
      source_(std::move(source)),
      index_(source_->item_vectors(), source_->vector_width(), options, threads),
      threads_(threads) {}

std::vector<std::vector<Candidate>> IndexedSource::retrieve(std::span<const CandidateQuery> queries,
                                                            std::size_t k) const {
  std::vector<float> vectors(queries.size() * index_.width());
  source_->query_vectors(queries, vectors);
  ThreadPool pool(queries.size() == 1 ? 1 : threads_);  // one pool per call: calls may come from several threads
  auto lists = index_.search(vectors, queries, k, pool);
  sign(lists);
  return lists;
}

bool IndexedSource::score_all(const CandidateQuery& query, std::span<float> scores) const {
  if (index_.kind() != EmbeddingIndex::Kind::kExact) return false;
  std::vector<float> vector(index_.width());
  source_->query_vectors(std::span(&query, 1), vector);
  index_.score_all(vector, scores);
  for (const ItemId item : query.exclude) {
    if (item < scores.size()) scores[item] = kNotACandidate;
  }
  return true;
}

}  // namespace p5
