// The best items of several sources for one question, side by side: what a hybrid fuses. Items outside the pool are no
// candidates; each part gives them what probability is left, evenly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "retrieval/candidate_source.h"
#include "retrieval/score_rule.h"

namespace p5 {

// A plain value.
struct CandidatePool {
  std::size_t part_count = 0;
  std::vector<ItemId> items;         // [n] ascending
  std::vector<float> log_p;          // [part_count, n]
  std::vector<std::uint16_t> ranks;  // [part_count, n] in the part's own list, from 1; 0: not in it
  std::vector<float> rest;           // [part_count] log-probability of each item outside the pool
  std::size_t outside = 0;           // number of items outside that compete
  std::vector<std::uint16_t> ages;   // [n] steps since the item was last in the history, from 1; 0: never
  std::size_t history_length = 0;

  std::size_t size() const { return items.size(); }
  std::span<const float> log_p_of(std::size_t part) const { return std::span(log_p).subspan(part * size(), size()); }
  std::span<const std::uint16_t> ranks_of(std::size_t part) const {
    return std::span(ranks).subspan(part * size(), size());
  }
  // The position of an item; -1: it is not in the pool.
  std::int32_t find(ItemId item) const;
};

struct PoolPart {
  const CandidateSource* source = nullptr;
  ScoreRule rule = {};  // kList: a source that is asked for a list
};

// Thread-safe where its sources are.
class PoolBuilder {
 public:
  // `pool`: best items of each part; `list`: items asked of parts by list. The sources must outlive the builder.
  PoolBuilder(std::vector<PoolPart> parts, std::size_t item_count, std::size_t pool, std::size_t list);

  // One pool per query, each of at least `k` items where the parts propose so many. Excluded items are in no pool.
  // Where a query has candidates, these are its pool, and probabilities are among them.
  std::vector<CandidatePool> build(std::span<const CandidateQuery> queries, std::size_t k) const;

  std::size_t item_count() const { return item_count_; }

 private:
  struct Answers;
  Answers ask(std::span<const CandidateQuery> queries, std::size_t k) const;
  std::vector<std::vector<Candidate>> proposals(const Answers& answers, std::size_t at,
                                                std::span<const ItemId> excluded, std::size_t most, bool zeros) const;
  CandidatePool among_all(const Answers& answers, std::size_t at, const CandidateQuery& query, std::size_t k) const;
  CandidatePool among_candidates(const Answers& answers, std::size_t at, const CandidateQuery& query) const;

  std::vector<PoolPart> parts_;
  std::size_t item_count_, pool_, list_;
};

}  // namespace p5
