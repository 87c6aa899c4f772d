// Biased matrix factorisation, the standard baseline of rating prediction without text (Koren, Bell and Volinsky,
// "Matrix factorization techniques for recommender systems", IEEE Computer 2009):
//
//   r(u, i) = mu + b_u + b_i + p_u . q_i,   fit by stochastic gradient descent on squared error with L2 weight decay
//
// The result of the pass with the least validation error is kept. It is fit to ratings that are divided by a unit, so
// that steps and weight decay mean the same on every scale: 1 on a scale of 1 to 5, 25 on one of 0 to 100. Thread-safe
// once built.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/split.h"
#include "p5/stop_token.h"
#include "retrieval/fitted_state.h"
#include "retrieval/rating_predictor.h"

namespace p5 {

struct MatrixFactorizationOptions {
  std::int64_t factors = 16;
  double lr = 0.01;           // step of the gradient descent
  double l2 = 0.05;           // on biases and factors
  double initial_std = 0.05;  // standard deviation of the initial factors
  std::int64_t epochs = 100;  // passes over the training ratings, at most
  std::int64_t patience = 5;  // passes without a better validation error before it stops
  std::int64_t seed = 2022;   // initial factors and the order of the ratings

  void bind(OptionTable& table);  // rows mf.*
};

class MatrixFactorizationPredictor final : public RatingPredictor {
 public:
  // Fits on the train part; without validation ratings all passes are made. Throws InvalidArgument when the train part
  // has no ratings, Interrupted at most one pass after a request to stop.
  explicit MatrixFactorizationPredictor(const Split& split, const MatrixFactorizationOptions& options = {},
                                        const StopToken& stop = {});
  // As it was saved. Throws Corrupted (model) for a state of another shape.
  explicit MatrixFactorizationPredictor(const FittedState& state);

  FittedState state() const;

  std::string name() const override { return "matrix-factorization"; }
  float predict(UserId user, ItemId item) const override;
  std::int64_t epochs() const { return epochs_; }  // passes up to the kept result

 private:
  struct Rating {
    UserId user;
    ItemId item;
    float rating;
  };
  // Biases and factors of one side.
  struct Side {
    std::vector<double> biases;       // [count]
    std::vector<double> factors;      // [count, factors]
    std::vector<std::uint8_t> known;  // [count] whether training has a rating of it

    void put(const std::string& name, FittedState& state) const;
    static Side get(const std::string& name, const FittedState& state, std::size_t width);
  };
  static std::vector<Rating> ratings_of(const Split& split, Part part, double unit);
  void stretch(double unit);  // back to the scale of the ratings
  double raw(UserId user, ItemId item) const;
  double rmse(const std::vector<Rating>& ratings) const;
  void pass(const std::vector<Rating>& ratings, const MatrixFactorizationOptions& options);

  double mean_;
  std::size_t width_;
  Side users_, items_;
  std::int64_t epochs_ = 0;
};

}  // namespace p5
