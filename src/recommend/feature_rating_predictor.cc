#include "recommend/feature_rating_predictor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <utility>
#include <variant>

#include "base/draw.h"
#include "base/rng.h"
#include "base/tenths.h"
#include "p5/error.h"
#include "recommend/regression_state.h"
#include "retrieval/item_labels.h"

namespace p5 {
namespace {

constexpr std::size_t kMostRatings = 200000;
constexpr std::array kStrengths{0.03, 0.3, 3.0};  // inverse penalties

// "name=3": the tenths of the values of each number among all owners.
class NumberFeatures {
 public:
  template <typename AttributesOf>
  NumberFeatures(std::size_t owners, const AttributesOf& attributes_of) {
    std::map<std::string, std::vector<double>> values;
    for (std::size_t owner = 0; owner < owners; ++owner) {
      for (const Attribute& attribute : attributes_of(owner)) {
        if (const auto* number = std::get_if<double>(&attribute.value)) values[attribute.name].push_back(*number);
      }
    }
    for (auto& [name, numbers] : values) edges_.emplace(name, edges_of_tenths(std::move(numbers)));
  }

  std::string of(const std::string& name, double value) const {
    return fmt::format("{}={}", name, tenth_of(value, edges_.at(name)));
  }

 private:
  std::map<std::string, std::vector<double>> edges_;
};

// [owners] the labels of each owner and the tenths of its numbers, each once.
template <typename LabelsOf, typename AttributesOf>
std::vector<std::vector<std::string>> features_of_each(std::size_t owners, const LabelsOf& labels_of_owner,
                                                       const AttributesOf& attributes_of) {
  const NumberFeatures numbers(owners, attributes_of);
  std::vector<std::vector<std::string>> features(owners);
  for (std::size_t owner = 0; owner < owners; ++owner) {
    std::vector<std::string>& own = features[owner];
    own = labels_of_owner(owner);
    for (const Attribute& attribute : attributes_of(owner)) {
      const auto* number = std::get_if<double>(&attribute.value);
      if (number != nullptr && std::isfinite(*number)) own.push_back(numbers.of(attribute.name, *number));
    }
    for (std::string& feature : own) std::ranges::replace(feature, '\n', ' ');  // as a saved state needs them
    std::ranges::sort(own);
    const auto repeats = std::ranges::unique(own);
    own.erase(repeats.begin(), repeats.end());
  }
  return features;
}

std::vector<std::vector<std::string>> features_of_users(const Corpus& corpus) {
  const auto attributes = [&](std::size_t user) { return corpus.user_attributes(static_cast<UserId>(user)); };
  return features_of_each(
      corpus.user_count(), [&](std::size_t user) { return labels_of(attributes(user)); }, attributes);
}

std::vector<std::vector<std::string>> features_of_items(const Corpus& corpus) {
  const ItemCatalog& catalog = corpus.catalog();
  return features_of_each(
      corpus.item_count(), [&](std::size_t item) { return labels_of(catalog, static_cast<ItemId>(item)); },
      [&](std::size_t item) { return catalog.attributes(static_cast<ItemId>(item)); });
}

WeightedWords features_of(UserId user, ItemId item, const std::vector<std::vector<std::string>>& users,
                          const std::vector<std::vector<std::string>>& items) {
  WeightedWords features;
  if (user < users.size()) features.push_back({fmt::format("user {}", user), 1});
  if (item < items.size()) features.push_back({fmt::format("item {}", item), 1});
  const std::span<const std::string> of_user =
      user < users.size() ? std::span(users[user]) : std::span<const std::string>();
  const std::span<const std::string> of_item =
      item < items.size() ? std::span(items[item]) : std::span<const std::string>();
  for (const std::string& own : of_user) features.push_back({"user " + own, 1});
  for (const std::string& own : of_item) features.push_back({"item " + own, 1});
  for (const std::string& one : of_user) {
    for (const std::string& other : of_item) features.push_back({one + " & " + other, 1});
  }
  return features;
}

std::vector<std::size_t> ratings_of(const Split& split, Part part) {
  std::vector<std::size_t> positions;
  for (const std::size_t i : split.rated_positions(part)) positions.push_back(i);
  keep_sample(positions, kMostRatings, Rng(2022, "ratings to regress"));
  return positions;
}

}  // namespace

FeatureRatingPredictor::FeatureRatingPredictor(const Split& split)
    : scale_(split.corpus().rating_scale()),
      users_(features_of_users(split.corpus())),
      items_(features_of_items(split.corpus())),
      regression_({}, std::vector<float>(scale_.level_count()), scale_.level_count()) {
  const Corpus& corpus = split.corpus();
  LabelledTexts texts;
  for (const std::size_t i : ratings_of(split, Part::kTrain)) {
    texts.add(features_of(corpus.users()[i], corpus.items()[i], users_, items_), scale_.level_of(corpus.ratings()[i]));
  }
  if (texts.labels().empty()) {
    throw usage_error("nothing to learn ratings from",
                      {.where = "logistic-regression", .expected = "training ratings"});
  }
  const std::vector<std::size_t> checked = ratings_of(split, Part::kValid);
  double least = std::numeric_limits<double>::infinity();
  for (const double strength : kStrengths) {
    WordRegression fitted = WordRegression::fit(texts, {.classes = scale_.level_count(), .strength = strength});
    double loss = 0;
    for (const std::size_t i : checked) {
      const auto levels = fitted.probabilities(features_of(corpus.users()[i], corpus.items()[i], users_, items_));
      loss -= std::log(levels[scale_.level_of(corpus.ratings()[i])] + 1e-12);
    }
    if (loss < least) regression_ = std::move(fitted);
    least = std::min(least, loss);
  }
}

FeatureRatingPredictor::FeatureRatingPredictor(const FittedState& state, const Corpus& corpus)
    : scale_(corpus.rating_scale()),
      users_(features_of_users(corpus)),
      items_(features_of_items(corpus)),
      regression_(regression_of(state, scale_.level_count())) {}

FittedState FeatureRatingPredictor::state() const {
  FittedState state;
  put_regression(regression_, state);
  return state;
}

bool FeatureRatingPredictor::has_features(const Corpus& corpus) {
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    if (!corpus.user_attributes(user).empty()) return true;
  }
  return false;
}

float FeatureRatingPredictor::predict(UserId user, ItemId item) const {
  const std::vector<double> levels = regression_.probabilities(features_of(user, item, users_, items_));
  double expected = 0;
  for (std::size_t level = 0; level < levels.size(); ++level) expected += levels[level] * scale_.level(level);
  return static_cast<float>(expected);
}

}  // namespace p5
