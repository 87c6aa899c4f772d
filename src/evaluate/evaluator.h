// Offline evaluation of anything that proposes items or predicts ratings, under the protocol of docs/protocol.md.
// Independent of any model. Thread-safe: free functions without state.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "corpus/negatives.h"
#include "corpus/split.h"
#include "evaluate/evaluate_options.h"
#include "evaluate/ranking_metrics.h"
#include "evaluate/rating_metrics.h"
#include "evaluate/task_result.h"
#include "retrieval/candidate_source.h"
#include "retrieval/rating_predictor.h"

namespace p5 {

struct RatingPrediction {
  float truth = 0.0f;
  float predicted = 0.0f;  // NaN or infinite: the answer was not a number
};

// The users whose targets of `part` are asked for: all that have one, or options.users of them sampled by seed. Throws
// InvalidArgument when the split has no histories or `part` no targets.
std::vector<UserId> users_to_ask(const Split& split, Part part, const EvaluateOptions& options);

// The positions of the interactions of `part` whose stars are asked for, ascending: all that have a rating, or those of
// options.users users sampled by seed among the ones who have any.
std::vector<std::size_t> reviews_to_ask(const Split& split, Part part, const EvaluateOptions& options);

// All items with events are candidates; items without one are excluded (docs/protocol.md).
//
// Evaluates the target of every user (or of options.users sampled by seed) with history_for(user, part). Sources that
// can score all items are asked from options.threads threads, others in batches; where seen items leave fewer
// positions of such a list than the largest cut-off, it is asked for again without them to rank `drop`. Throws
// InvalidArgument when the split has no histories or `part` no targets, and Interrupted within a batch when
// options.stop asks for a stop (so do all here).
//
// Task "sequential" in parts: "keep" and "drop" with the ranking metrics, seen items kept and dropped, and the task as
// a whole with invalid_rate (share of list positions that hold no item of the catalogue) and distinct (mean number of
// distinct items of the catalogue in a list). With options.beyond, both parts have its findings about their top ten.
TaskResults evaluate_sequential(const Split& split, Part part, const CandidateSource& source,
                                const EvaluateOptions& options);

// Task "direct" with the ranking metrics and invalid_rate (share of list positions that hold none of the candidates):
// one target among the user's stored negatives, fewer where a row is padded. Candidates reach the source in an order
// that depends on seed and user alone, never on the stored positions of target and negatives. Throws Corrupted (data)
// when negatives repeat, include the target or are not items.
TaskResult evaluate_direct(const Split& split, Part part, const CandidateSource& source,
                           const NegativeSamples& negatives, const EvaluateOptions& options);

// Task "rating" with rmse, mae, coverage and r2, over all predictions, clamped to the scale; those that are not numbers
// count as `train_mean` and lower the coverage. On a scale of two numbers also log_loss, calibration_error and auc,
// which read a prediction as the probability of the upper one (evaluate/click_metrics.h).
TaskResult evaluate_rating(std::span<const RatingPrediction> predictions, double train_mean,
                           const RatingScale& scale = {});
// The same for reviews_to_ask(), on the scale of the corpus.
TaskResult evaluate_rating(const Split& split, Part part, const RatingPredictor& predictor,
                           const EvaluateOptions& options = {});

}  // namespace p5
