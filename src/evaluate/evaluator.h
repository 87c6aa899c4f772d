// Offline evaluation of anything that proposes items or predicts ratings, under the protocol of docs/protocol. The
// evaluator knows no model. Thread-safe: free functions without state.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "corpus/negatives.h"
#include "corpus/split.h"
#include "evaluate/evaluate_options.h"
#include "evaluate/ranking_metrics.h"
#include "evaluate/rating_metrics.h"
#include "retrieval/candidate_source.h"
#include "retrieval/rating_predictor.h"

namespace p5 {

// How a source was ranked: exactly, by the scores of all items, or by the list that it returned. A target outside the
// list is a miss, and MRR then ends with the list.
enum class RankedBy { kScores, kList };

struct SequentialResult {
  RankingSummary keep, drop;  // seen items kept, seen items dropped
  RankedBy ranked_by = RankedBy::kScores;
  double invalid_rate = 0;  // share of list places with no item of the catalogue
  double distinct = 0;      // mean number of distinct items of the catalogue in a list
};

struct DirectResult {
  RankingSummary ranks;
  RankedBy ranked_by = RankedBy::kScores;
  double invalid_rate = 0;  // share of list places with none of the candidates
  std::string negatives_sha256;
};

struct RatingPrediction {
  float truth = 0.0f;
  float predicted = 0.0f;  // NaN or infinite: the answer was not a number
};

// Asks for the target of every user (or of options.users drawn by seed) with history_for(user, part). Sources that can
// score all items are asked from options.threads threads, others in batches; where seen items leave such a list fewer
// than ten places, it is asked for again without them to rank `drop`. Throws InvalidArgument when the split has
// no histories or `part` no targets, Interrupted within a batch of a stop that is asked for (so do all here).
SequentialResult evaluate_sequential(const Split& split, Part part, const CandidateSource& source,
                                     const EvaluateOptions& options);

// One target among the user's stored negatives, fewer where a row is padded. Candidates reach the source in an order
// that depends on seed and user alone, never on where the target or a negative stood. Throws Corrupted (data) when
// negatives repeat, hold the target or are no items.
DirectResult evaluate_direct(const Split& split, Part part, const CandidateSource& source,
                             const NegativeSamples& negatives, const EvaluateOptions& options);

// Over all predictions, clamped to the scale; those that are not numbers count as `train_mean` and lower the coverage.
RatingResult evaluate_rating(std::span<const RatingPrediction> predictions, double train_mean, RatingScale scale = {});
// The same for every rated interaction of `part`.
RatingResult evaluate_rating(const Split& split, Part part, const RatingPredictor& predictor, RatingScale scale = {});

}  // namespace p5
