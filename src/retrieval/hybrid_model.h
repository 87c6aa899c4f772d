// What a hybrid learnt: how each part's scores become probabilities, the mixture for each length of history, the trees
// of a learned ranker where one was chosen, and how all of them ranked on the validation part. A value; thread-safe:
// const.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "retrieval/candidate_pool.h"
#include "retrieval/fitted_state.h"
#include "retrieval/list_scale.h"
#include "retrieval/ranking_trees.h"
#include "retrieval/score_mixture.h"

namespace p5 {

// How one way to rank did on the validation part.
struct HybridFigure {
  std::string name;       // a part, or "rrf", "log", "probability", "by history length", "learned"
  double ndcg = 0;        // NDCG@10 with seen items kept; of what is learnt, each half of the users by the other half
  double margin = 0;      // one standard error of the paired difference to `than`
  std::string than = {};  // the simpler way that it was compared with; empty: none
  bool chosen = false;
};

// The fusion for one kind of question.
struct HybridFusion {
  std::vector<std::uint32_t> edges = {};  // ascending; histories of at least edges[i] events take mixture i + 1
  std::vector<Mixture> mixtures = {};     // [edges + 1]
  std::optional<RankingTrees> trees = {};
  std::size_t rerank = 0;            // best items that the trees order anew
  ListCalibration calibration = {};  // of the scores of a pool: what items without training events are compared with
  std::string method = {};           // in words: "probability", "item-knn alone", "learned, on log"
  double ndcg = 0;                   // of the validation users that it was fit on
  std::size_t users = 0;             // these
  std::vector<HybridFigure> figures = {};

  const Mixture& mixture_for(const CandidatePool& pool) const;
};

struct HybridModel {
  std::vector<std::string> parts;
  std::vector<ScoreRule> rules;             // [parts]
  std::size_t pool = 0, list = 0;           // as HybridOptions
  std::vector<float> popularity;            // [item_count] train events, a feature of the learned ranker
  HybridFusion sequential;                  // of questions about the whole catalogue
  std::optional<HybridFusion> direct = {};  // of questions with candidates; none: as `sequential`

  const HybridFusion& fusion_for(const CandidateQuery& query) const;
  FittedState state() const;
  // Throws Corrupted (model) for a damaged state.
  static HybridModel from_state(const FittedState& state);
};

// The features of the learned ranker for the items `which` of a pool that are scored `scores` [pool.size()]: per part
// the log-probability, less that of an item outside, and the logarithm of the rank; the score less the best; the
// logarithms of popularity, of the age in the history and of its length; the number of parts that list the item.
std::vector<float> ranking_features(const CandidatePool& pool, std::span<const float> popularity,
                                    std::span<const float> scores, std::span<const std::uint32_t> which);
std::size_t ranking_feature_count(std::size_t parts);
// Positions in a pool of its `most` best items by score, best first.
std::vector<std::uint32_t> best_of(const CandidatePool& pool, std::span<const float> scores, std::size_t most);

// Scores [pool.size()] by mixture and trees.
std::vector<float> fused_scores(const CandidatePool& pool, const HybridFusion& fusion,
                                std::span<const float> popularity);

}  // namespace p5
