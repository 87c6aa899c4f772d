// The items with the largest inner product with a query's vector, found exactly by our own product (DotProductRanker)
// or approximately by an index of faiss (Johnson, Douze and Jegou 2017): IVF, which looks into the lists of vectors
// nearest to the query; HNSW, which walks a graph of neighbors (Malkov and Yashunin 2016); or IVF-PQ, whose lists hold
// some bytes per vector (product quantization; Jegou, Douze and Schmid 2011) and whose best are scored again exactly.
// Filters hold for all. Thread-safe once built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/option_table.h"
#include "base/thread_pool.h"
#include "retrieval/candidate_source.h"
#include "retrieval/dot_product_ranker.h"
#include "retrieval/faiss_engine.h"
#include "retrieval/fitted_state.h"

namespace p5 {

struct EmbeddingIndexOptions {
  enum class Kind { kAuto, kExact, kFlat, kIvf, kHnsw, kIvfPq };  // files keep the numbers
  Kind kind = Kind::kAuto;  // auto: exact below `exact_below` items, HNSW below `hnsw_below`, else IVF-PQ
  std::int64_t exact_below = 1'000'000;
  std::int64_t hnsw_below = 3'000'000;
  std::int64_t lists = 0;           // of IVF and IVF-PQ; 0 = four times the root of the number of items
  std::int64_t probes = 0;          // lists that a search of IVF or IVF-PQ looks at; 0 = one of 32, at least 32 lists
  std::int64_t code_bytes = 0;      // of an item in IVF-PQ; 0 = half the width
  std::int64_t shortlist = 0;       // items of IVF-PQ that are scored again; 0 = ten times k, at least 200
  std::int64_t links = 32;          // of an item in HNSW's graph
  std::int64_t construction = 200;  // candidates while HNSW is built
  std::int64_t search = 256;        // candidates of a search of HNSW
  std::int64_t seed = 2022;         // of the clusters of IVF and IVF-PQ

  // What auto stands for.
  Kind chosen(std::size_t item_count) const;

  void bind(OptionTable& table);  // rows nearest.*
};

class EmbeddingIndex {
 public:
  using Kind = EmbeddingIndexOptions::Kind;
  // `items` [item_count, width], row-major, is copied. `threads` 0 = all cores. Throws InvalidArgument when it is not
  // whole rows, Unavailable (system) where faiss is needed and cannot be opened.
  EmbeddingIndex(std::span<const float> items, std::size_t width, const EmbeddingIndexOptions& options,
                 std::size_t threads = 0);
  // As it was saved. Searches follow `options`, its shape is the saved one. Throws Corrupted (model).
  EmbeddingIndex(const FittedState& state, const EmbeddingIndexOptions& options);

  FittedState state() const;
  Kind kind() const { return kind_; }  // never auto
  std::size_t width() const { return width_; }
  std::size_t item_count() const { return items_.size() / width_; }

  // `vectors` [queries, width]; of `queries` the filters hold: excluded items, and candidates, which are always ranked
  // exactly. [queries] lists of at most k, best first; equal scores of an exact search in ascending item id. Throws
  // InvalidArgument when the shapes do not fit.
  std::vector<std::vector<Candidate>> search(std::span<const float> vectors, std::span<const CandidateQuery> queries,
                                             std::size_t k, ThreadPool& pool) const;
  float score(std::span<const float> vector, ItemId item) const;
  // The scores of all items [item_count] for one vector.
  void score_all(std::span<const float> vector, std::span<float> scores) const;

 private:
  std::vector<Candidate> search_codes(std::span<const float> vector, std::span<const ItemId> exclude,
                                      std::size_t k) const;
  void open_engine(const EmbeddingIndexOptions& options, std::size_t threads);
  std::vector<Candidate> rank_candidates(std::span<const float> vector, const CandidateQuery& query,
                                         std::size_t k) const;
  std::vector<Candidate> search_one(std::span<const float> vector, const CandidateQuery& query, std::size_t k) const;
  void search_exactly(std::span<const float> vectors, std::span<const CandidateQuery> queries, std::size_t k,
                      ThreadPool& pool, std::vector<std::vector<Candidate>>& lists) const;

  std::vector<float> items_;
  std::size_t width_;
  Kind kind_;
  std::size_t shortlist_ = 0;
  FaissSpec spec_;
  std::unique_ptr<DotProductRanker> exact_;  // one of the two
  std::unique_ptr<FaissEngine> engine_;
};

}  // namespace p5
