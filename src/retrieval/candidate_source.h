// The interface of everything that proposes items: popularity, neighbors, factorisation, generation.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

class CandidateSource;

struct Candidate {
  ItemId item = 0;
  float score = 0.0f;
  const CandidateSource* source = nullptr;  // that proposed it and knows its name, as long as that source lives
};

// How a source that asks a model should ask it; other sources ignore this. Empty fields are as in the source's own
// options.
struct AskingWish {
  std::string_view prompt = {};
  std::optional<std::int64_t> beams = {};     // width of the search
  std::optional<double> length_penalty = {};  // as DecodeOptions::length_penalty
};

// What a source may use. `user` may be kUnknownUser: then only the history is known.
inline constexpr UserId kUnknownUser = 0xffffffffu;
struct CandidateQuery {
  UserId user = kUnknownUser;
  std::span<const ItemId> history = {};  // oldest first
  std::span<const ItemId> exclude = {};  // items that must not come back; any order
  // When not empty: only these items, all of them, are ranked (direct tasks, filters).
  std::span<const ItemId> candidates = {};
  AskingWish asking = {};
  // Names the draw of a list that explores: equal names give equal lists. Empty: user and history decide.
  std::string_view draw = {};
};

class CandidateSource {
 public:
  virtual ~CandidateSource() = default;
  virtual std::string name() const = 0;
  // For each query the best `k` items, best first, each item once. Ties are broken by a fixed rule that does not look
  // at the target. Fewer than k only when fewer exist. Thread-safe unless the source says otherwise.
  virtual std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries,
                                                       std::size_t k) const = 0;
  // How many queries of a long list it likes to get in one retrieve(): a model on a GPU many.
  virtual std::size_t queries_at_once() const { return 1; }

  // Sources that can score every item write all scores [item_count], for exact ranks with ties counted against the
  // model. Others return false and are ranked by retrieve().
  virtual bool score_all(const CandidateQuery& query, std::span<float> scores) const;
  // The same for many queries at once, `scores` [queries, item_count], row after row. The default asks for one row at a
  // time.
  virtual bool score_all(std::span<const CandidateQuery> queries, std::span<float> scores) const;

 protected:
  // Writes down who proposed the candidates of the lists.
  void sign(std::span<std::vector<Candidate>> lists) const;
};

}  // namespace p5
