// Biased matrix factorisation, the row that rating prediction without text is measured by (Koren, Bell and Volinsky,
// "Matrix factorization techniques for recommender systems", IEEE Computer 2009):
//
//   r(u, i) = mu + b_u + b_i + p_u . q_i,   fit by stochastic gradient descent on squared error with L2 weight decay
//
// The passes with the least validation error are kept. Thread-safe once built.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/split.h"
#include "p5/stop_token.h"
#include "retrieval/rating_predictor.h"

namespace p5 {

struct MatrixFactorizationOptions {
  std::int64_t factors = 16;
  double lr = 0.01;           // step of the gradient descent
  double l2 = 0.05;           // on biases and factors
  double initial_std = 0.05;  // deviation of fresh factors
  std::int64_t epochs = 100;  // passes over the training ratings, at most
  std::int64_t patience = 5;  // passes without a better validation error before it stops
  std::int64_t seed = 2022;   // fresh factors and the order of the ratings

  void bind(OptionTable& table);  // rows mf.*
};

class MatrixFactorizationPredictor final : public RatingPredictor {
 public:
  // Fits on the train part; without validation ratings all passes are made. Throws InvalidArgument when the train part
  // has no ratings, Interrupted within a pass of a stop that is asked for.
  explicit MatrixFactorizationPredictor(const Split& split, const MatrixFactorizationOptions& options = {},
                                        const StopToken& stop = {});

  std::string name() const override { return "matrix-factorization"; }
  float predict(UserId user, ItemId item) const override;
  std::int64_t epochs() const { return epochs_; }  // whose result was kept

 private:
  struct Rating {
    UserId user;
    ItemId item;
    float rating;
  };
  // Biases and factors of one side.
  struct Side {
    std::vector<double> biases;   // [count]
    std::vector<double> factors;  // [count, factors]
    std::vector<bool> known;      // [count] whether training holds a rating of it
  };
  static std::vector<Rating> ratings_of(const Split& split, Part part);
  double raw(UserId user, ItemId item) const;
  double rmse(const std::vector<Rating>& ratings) const;
  void pass(const std::vector<Rating>& ratings, const MatrixFactorizationOptions& options);

  double mean_;
  std::size_t width_;
  Side users_, items_;
  std::int64_t epochs_ = 0;
};

}  // namespace p5
