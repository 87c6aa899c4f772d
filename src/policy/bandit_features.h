// What a policy that learns knows of a user and an item: the x of its linear model. Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "corpus/split.h"
#include "retrieval/candidate_source.h"
#include "retrieval/category_profile.h"
#include "retrieval/fitted_state.h"
#include "retrieval/item_similarity.h"
#include "retrieval/vector_source.h"

namespace p5 {

class BanditFeatures {
 public:
  virtual ~BanditFeatures() = default;
  // Of one item.
  virtual std::size_t count() const = 0;
  // What the features are of. A model of rewards that was learnt with others is not used with these.
  virtual FittedOrigin origin() const = 0;
  // Writes [pool, count()], row after row. `pool` is best first.
  virtual void write(const CandidateQuery& query, std::span<const Candidate> pool, std::span<double> x) const = 0;
};

// A constant; relevance in the pool (relevance_of); popularity, as the logarithm of training events from 0 to 1; the
// share of the history in the item's categories; likeness to the most alike of the five newest items of the history;
// whether nobody had the item in training; how long the history is, as a logarithm from 0 to 1; and relevance times
// that. They mean the same for every run, so a state outlives the next training.
class ShopFeatures final : public BanditFeatures {
 public:
  explicit ShopFeatures(const Split& split);
  std::size_t count() const override { return 8; }
  FittedOrigin origin() const override;
  void write(const CandidateQuery& query, std::span<const Candidate> pool, std::span<double> x) const override;

 private:
  CategoryProfile categories_;
  ItemSimilarity similarity_;
  std::vector<double> popularity_;  // [item_count]
};

// For a linear model over what an encoder has learnt (neural-linear: Riquelme, Tucker and Snoek, "Deep Bayesian
// Bandits Showdown", ICLR 2018): a constant, relevance in the pool, and the products of each entry of the history's
// vector with that of the item's vector, whose sum is the encoder's score. A state is of one encoder.
class EncoderFeatures final : public BanditFeatures {
 public:
  // Borrows the source.
  explicit EncoderFeatures(const VectorSource& encoder);
  std::size_t count() const override { return 2 + encoder_->vector_width(); }
  FittedOrigin origin() const override;
  void write(const CandidateQuery& query, std::span<const Candidate> pool, std::span<double> x) const override;

 private:
  const VectorSource* encoder_;
  std::vector<float> items_;  // [items, width]
};

}  // namespace p5
