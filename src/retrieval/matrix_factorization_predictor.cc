#include "retrieval/matrix_factorization_predictor.h"

#include <cmath>
#include <span>

#include "base/interrupt.h"
#include "base/rng.h"
#include "retrieval/global_mean_predictor.h"

namespace p5 {
namespace {

constexpr double kStarRange = 4;  // of 1 to 5 stars, the scale that the options were chosen on

}  // namespace

void MatrixFactorizationOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("mf.factors", &factors, {.help = "matrix factorisation: number of factors", .minimum = 1, .maximum = 4096});
  table.add("mf.lr", &lr, {.help = "matrix factorisation: learning rate", .minimum = 1e-6, .maximum = 1});
  table.add("mf.l2", &l2, {.help = "matrix factorisation: weight decay", .minimum = 0, .maximum = 10});
  table.add("mf.initial_std", &initial_std,
            {.help = "matrix factorisation: standard deviation of the initial factors", .minimum = 0, .maximum = 10});
  table.add("mf.epochs", &epochs,
            {.help = "matrix factorisation: most passes over the ratings", .minimum = 1, .maximum = 100000});
  table.add("mf.patience", &patience,
            {.help = "matrix factorisation: passes without a better validation error before it stops",
             .minimum = 1,
             .maximum = 100000});
  table.add("mf.seed", &seed,
            {.help = "matrix factorisation: seed of the initial factors and of the order of ratings", .minimum = 0});
}

MatrixFactorizationPredictor::MatrixFactorizationPredictor(const Split& split,
                                                           const MatrixFactorizationOptions& options,
                                                           const StopToken& stop)
    : mean_(mean_train_rating(split)), width_(static_cast<std::size_t>(options.factors)) {
  const RatingScale scale = split.corpus().rating_scale();
  const double unit = (scale.highest() - scale.lowest()) / kStarRange;
  mean_ /= unit;
  std::vector<Rating> train = ratings_of(split, Part::kTrain, unit);
  const std::vector<Rating> valid = ratings_of(split, Part::kValid, unit);
  Rng rng(static_cast<std::uint64_t>(options.seed), "matrix factorization");
  const auto start = [&](Side& side, std::size_t count) {
    side.biases.assign(count, 0.0);
    side.known.assign(count, 0);
    side.factors.resize(count * width_);
    for (double& factor : side.factors) factor = options.initial_std * rng.normal();
  };
  start(users_, split.corpus().user_count());
  start(items_, split.corpus().item_count());
  for (const Rating& rating : train) users_.known[rating.user] = items_.known[rating.item] = 1;
  Side best_users = users_, best_items = items_;
  double best = rmse(valid);
  for (std::int64_t epoch = 1; epoch <= options.epochs; ++epoch) {
    stop_if_requested(stop, "matrix factorization interrupted; nothing was written");
    rng.shuffle(std::span(train));
    pass(train, options);
    const double error = rmse(valid);
    if (valid.empty() || error < best) {
      best = error;
      best_users = users_;
      best_items = items_;
      epochs_ = epoch;
    } else if (epoch - epochs_ >= options.patience) {
      break;
    }
  }
  users_ = std::move(best_users);
  items_ = std::move(best_items);
  stretch(unit);
}

void MatrixFactorizationPredictor::stretch(double unit) {
  mean_ *= unit;
  for (Side* side : {&users_, &items_}) {
    for (double& bias : side->biases) bias *= unit;
  }
  for (double& factor : users_.factors) factor *= unit;  // one factor of each product
}

void MatrixFactorizationPredictor::Side::put(const std::string& name, FittedState& state) const {
  state.put(name + "_biases", biases);
  state.put(name + "_factors", factors);
  state.put(name + "_known", known);
}

MatrixFactorizationPredictor::Side MatrixFactorizationPredictor::Side::get(const std::string& name,
                                                                           const FittedState& state,
                                                                           std::size_t width) {
  Side side{.biases = state.get<double>(name + "_biases"), .factors = {}, .known = {}};
  side.factors = state.get<double>(name + "_factors", side.biases.size() * width);
  side.known = state.get<std::uint8_t>(name + "_known", side.biases.size());
  return side;
}

MatrixFactorizationPredictor::MatrixFactorizationPredictor(const FittedState& state)
    : mean_(state.get<double>("mean", 1).front()),
      width_(static_cast<std::size_t>(state.get<std::uint64_t>("factors", 1).front())),
      users_(Side::get("user", state, width_)),
      items_(Side::get("item", state, width_)),
      epochs_(static_cast<std::int64_t>(state.get<std::uint64_t>("epochs", 1).front())) {}

FittedState MatrixFactorizationPredictor::state() const {
  FittedState state;
  state.put("mean", std::vector{mean_});
  state.put("factors", std::vector<std::uint64_t>{width_});
  state.put("epochs", std::vector{static_cast<std::uint64_t>(epochs_)});
  users_.put("user", state);
  items_.put("item", state);
  return state;
}

std::vector<MatrixFactorizationPredictor::Rating> MatrixFactorizationPredictor::ratings_of(const Split& split,
                                                                                           Part part, double unit) {
  const Corpus& corpus = split.corpus();
  std::vector<Rating> ratings;
  for (const std::size_t i : split.rated_positions(part)) {
    ratings.push_back({corpus.users()[i], corpus.items()[i], static_cast<float>(corpus.ratings()[i] / unit)});
  }
  return ratings;
}

// For users and items that are not in training, the initial factors mean nothing.
double MatrixFactorizationPredictor::raw(UserId user, ItemId item) const {
  const bool user_known = user < users_.known.size() && users_.known[user] != 0;
  const bool item_known = item < items_.known.size() && items_.known[item] != 0;
  double rating = mean_;
  if (user_known) rating += users_.biases[user];
  if (item_known) rating += items_.biases[item];
  if (!user_known || !item_known) return rating;
  const double* p = users_.factors.data() + user * width_;
  const double* q = items_.factors.data() + item * width_;
  for (std::size_t f = 0; f < width_; ++f) rating += p[f] * q[f];
  return rating;
}

float MatrixFactorizationPredictor::predict(UserId user, ItemId item) const {
  return static_cast<float>(raw(user, item));
}

double MatrixFactorizationPredictor::rmse(const std::vector<Rating>& ratings) const {
  double squares = 0;
  for (const Rating& rating : ratings) {
    const double error = rating.rating - raw(rating.user, rating.item);
    squares += error * error;
  }
  return ratings.empty() ? 0.0 : std::sqrt(squares / static_cast<double>(ratings.size()));
}

void MatrixFactorizationPredictor::pass(const std::vector<Rating>& ratings, const MatrixFactorizationOptions& options) {
  const double lr = options.lr, l2 = options.l2;
  for (const Rating& rating : ratings) {
    const double error = rating.rating - raw(rating.user, rating.item);
    double& user_bias = users_.biases[rating.user];
    double& item_bias = items_.biases[rating.item];
    user_bias += lr * (error - l2 * user_bias);
    item_bias += lr * (error - l2 * item_bias);
    double* p = users_.factors.data() + rating.user * width_;
    double* q = items_.factors.data() + rating.item * width_;
    for (std::size_t f = 0; f < width_; ++f) {
      const double before = p[f];
      p[f] += lr * (error * q[f] - l2 * before);
      q[f] += lr * (error * before - l2 * q[f]);
    }
  }
}

}  // namespace p5
