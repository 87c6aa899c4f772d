#include "retrieval/user_item_mean_predictor.h"

#include <cmath>
#include <span>

#include "retrieval/global_mean_predictor.h"

namespace p5 {
namespace {

struct TrainRating {
  UserId user;
  ItemId item;
  double above_mean;
};

std::vector<TrainRating> train_ratings(const Split& split, double mean) {
  const Corpus& corpus = split.corpus();
  std::vector<TrainRating> ratings;
  for (const std::size_t i : split.rated_positions(Part::kTrain)) {
    ratings.push_back({corpus.users()[i], corpus.items()[i], static_cast<double>(corpus.ratings()[i]) - mean});
  }
  return ratings;
}

// One half sweep: the biases of one side, given those of the other; `own` and `other` name the column of each.
void refit(std::span<const TrainRating> ratings, std::uint32_t TrainRating::*own, std::span<double> biases,
           std::uint32_t TrainRating::*other, std::span<const double> other_biases, double shrinkage) {
  std::vector<double> sums(biases.size()), counts(biases.size(), shrinkage);
  for (const TrainRating& rating : ratings) {
    sums[rating.*own] += rating.above_mean - other_biases[rating.*other];
    counts[rating.*own] += 1.0;
  }
  for (std::size_t i = 0; i < biases.size(); ++i) biases[i] = counts[i] > 0.0 ? sums[i] / counts[i] : 0.0;
}

}  // namespace

UserItemMeanPredictor::UserItemMeanPredictor(const Split& split, const UserItemMeanOptions& options)
    : mean_(mean_train_rating(split)),
      user_bias_(split.corpus().user_count()),
      item_bias_(split.corpus().item_count()) {
  const std::vector<TrainRating> ratings = train_ratings(split, mean_);
  for (std::int64_t sweep = 0; sweep < options.sweeps; ++sweep) {
    refit(ratings, &TrainRating::item, item_bias_, &TrainRating::user, user_bias_, options.item_shrinkage);
    refit(ratings, &TrainRating::user, user_bias_, &TrainRating::item, item_bias_, options.user_shrinkage);
  }
}

UserItemMeanPredictor::UserItemMeanPredictor(const FittedState& state)
    : mean_(state.get<double>("mean", 1).front()),
      user_bias_(state.get<double>("user_bias")),
      item_bias_(state.get<double>("item_bias")) {}

FittedState UserItemMeanPredictor::state() const {
  FittedState state;
  state.put("mean", std::vector{mean_});
  state.put("user_bias", user_bias_);
  state.put("item_bias", item_bias_);
  return state;
}

float UserItemMeanPredictor::predict(UserId user, ItemId item) const {
  double rating = mean_;
  if (user < user_bias_.size()) rating += user_bias_[user];
  if (item < item_bias_.size()) rating += item_bias_[item];
  return static_cast<float>(rating);
}

}  // namespace p5
