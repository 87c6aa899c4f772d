#include "retrieval/ridge_source.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "p5/error.h"
#include "retrieval/random_log.h"

namespace p5 {
namespace {

using test::Histories;
using test::random_log;
using test::scores_of;
using test::scores_without;
using test::split_of;
using Matrix = std::vector<std::vector<double>>;

constexpr std::size_t kItems = 23;

RidgeOptions all_coefficients() {
  RidgeOptions options;
  options.lambda = 3.0;
  options.max_neighbors = 0;
  options.examples.window = 4;
  options.examples.places = 9;
  return options;
}

// The definition, in double precision: column j of B is the ridge regression of target j on all inputs but j.
struct Reference {
  Matrix gram = Matrix(kItems, std::vector<double>(kItems)), targets = gram;

  void add(const std::vector<double>& x, const std::vector<double>& y, double weight) {
    for (std::size_t i = 0; i < kItems; ++i) {
      for (std::size_t j = 0; j < kItems; ++j) {
        gram[i][j] += weight * x[i] * x[j];
        targets[i][j] += weight * x[i] * y[j];
      }
    }
  }
  void add(const std::vector<ItemId>& history, const ExampleOptions& options) {
    std::vector<double> whole(kItems);
    for (const ItemId item : history) whole[item] = 1;
    add(whole, whole, options.whole);
    const std::size_t cut = history.size() - std::min<std::size_t>(history.size(), std::size_t(options.places));
    const std::vector<ItemId> last(history.begin() + std::ptrdiff_t(cut), history.end());
    for (std::size_t place = 1; place < last.size(); ++place) {
      std::vector<double> before(kItems), after(kItems);
      for (std::size_t i = 0; i < last.size(); ++i) {
        if (i < place && place - i <= std::size_t(options.window)) {
          before[last[i]] += std::pow(options.before_decay, double(place - 1 - i));
        }
        if (i >= place && i - place < std::size_t(options.window)) {
          after[last[i]] += std::pow(options.after_decay, double(i - place));
        }
      }
      add(before, after, options.ordered);
    }
  }
  // Gauss without pivots, since the matrix is definite.
  Matrix solve(double lambda) const {
    Matrix b(kItems, std::vector<double>(kItems));
    for (std::size_t target = 0; target < kItems; ++target) {
      Matrix a;
      std::vector<double> y;
      for (std::size_t i = 0; i < kItems; ++i) {
        if (i == target) continue;
        a.emplace_back();
        for (std::size_t j = 0; j < kItems; ++j) {
          if (j != target) a.back().push_back(gram[i][j] + (i == j ? lambda : 0));
        }
        y.push_back(targets[i][target]);
      }
      for (std::size_t k = 0; k < a.size(); ++k) {
        for (std::size_t i = 0; i < a.size(); ++i) {
          if (i == k) continue;
          const double factor = a[i][k] / a[k][k];
          for (std::size_t j = k; j < a.size(); ++j) a[i][j] -= factor * a[k][j];
          y[i] -= factor * y[k];
        }
      }
      for (std::size_t i = 0, row = 0; i < kItems; ++i) {
        if (i == target) continue;
        b[i][target] = y[row] / a[row][row];
        ++row;
      }
    }
    return b;
  }
};

Matrix coefficients_of(const RidgeSource& source) {
  Matrix b(kItems, std::vector<double>(kItems));
  for (std::size_t i = 0; i < kItems; ++i) {
    for (const ItemWeight& entry : source.rows()[i]) b[i][entry.item] = entry.weight;
  }
  return b;
}

void expect_same(const Matrix& got, const Matrix& expected) {
  for (std::size_t i = 0; i < kItems; ++i) {
    for (std::size_t j = 0; j < kItems; ++j) EXPECT_NEAR(got[i][j], expected[i][j], 2e-5) << i << " -> " << j;
  }
}

TEST(RidgeSource, SolvesEachColumnWithoutItsOwnItemWhateverTheThreads) {
  const Histories log = random_log(40, kItems, 14, 1);
  const RidgeOptions options = all_coefficients();
  Reference reference;
  for (const auto& history : log) reference.add(history, options.examples);
  const Matrix expected = reference.solve(options.lambda);
  const RidgeSource one("ridge", split_of(log, kItems), options, LeaveOneOut::kNo, 1);
  const RidgeSource three("ridge", split_of(log, kItems), options, LeaveOneOut::kYes, 3);
  expect_same(coefficients_of(one), expected);
  EXPECT_EQ(coefficients_of(one), coefficients_of(three));
  EXPECT_FALSE(one.leaves_one_out());
  EXPECT_TRUE(three.leaves_one_out());
}

TEST(RidgeSource, WithoutOrderIsEase) {
  const Histories log = random_log(40, kItems, 14, 2);
  EaseOptions options;
  options.lambda = 5.0;
  options.max_neighbors = 0;
  Reference reference;
  for (const auto& history : log) reference.add(history, options.ridge().examples);
  const RidgeSource source("ease", split_of(log, kItems), options.ridge());
  expect_same(coefficients_of(source), reference.solve(options.lambda));
}

TEST(RidgeSource, AHistoryScoresItsRowsByAge) {
  const RidgeOptions options = all_coefficients();
  const RidgeSource source("ridge", split_of(random_log(40, kItems, 14, 3), kItems), options);
  const Matrix b = coefficients_of(source);
  const std::vector<float> scores = scores_of(source, {4, 999, 7});
  const double age_two = options.weights.recency * options.weights.recency;  // 999 is unknown, and keeps its place
  for (ItemId j = 0; j < kItems; ++j) EXPECT_NEAR(scores[j], b[7][j] + age_two * b[4][j], 1e-5);
}

// Each user of a small log, each prefix: the downdate against a fit of the others.
TEST(RidgeSource, LeavesOneUserOutExactly) {
  const Histories log = random_log(12, kItems, 16, 4);
  const RidgeOptions options = all_coefficients();
  const RidgeSource source("ridge", split_of(log, kItems), options, LeaveOneOut::kYes);
  for (UserId user = 0; user < log.size(); ++user) {
    Histories others = log;
    others.erase(others.begin() + user);
    const RidgeSource refit("ridge", split_of(others, kItems), options);
    for (std::size_t length = 1; length < log[user].size(); ++length) {
      const std::vector<ItemId> prefix(log[user].begin(), log[user].begin() + std::ptrdiff_t(length));
      const auto got = scores_without(source, user, prefix), expected = scores_of(refit, prefix);
      for (ItemId item = 0; item < kItems; ++item) EXPECT_NEAR(got[item], expected[item], 5e-5) << user << ", " << item;
    }
  }
  EXPECT_EQ(scores_without(source, kUnknownUser, log[0]), scores_of(source, log[0]));
}

TEST(RidgeSource, PlainScoresKnowTheNextItemOfTrainingHistories) {
  const Histories log = random_log(60, 200, 8, 5);
  RidgeOptions options = all_coefficients();
  options.lambda = 1.0;
  const RidgeSource source("ridge", split_of(log, 200), options, LeaveOneOut::kYes);
  const test::SharesOfTheNext shares = test::shares_of_the_next(source, log);
  EXPECT_GT(shares.plain, 3 * shares.without);
}

TEST(RidgeSource, FitsTheMostFrequentItemsAlone) {
  RidgeOptions options = all_coefficients();
  options.max_items = 2;
  const RidgeSource source("ridge", split_of({{1, 2, 3}, {1, 2}, {2, 1}, {5}}, 8), options, LeaveOneOut::kYes);
  for (const ItemId item : {0u, 3u, 4u, 5u}) EXPECT_TRUE(source.rows()[item].empty()) << item;
  ASSERT_EQ(source.rows()[1].size(), 1u);
  EXPECT_EQ(source.rows()[1].front().item, 2u);
  const auto scores = scores_without(source, 1, std::vector<ItemId>{3, 1});
  EXPECT_NE(scores[2], 0.0f);
  EXPECT_EQ(scores[3], 0.0f);
}

TEST(RidgeSource, KeepsTheStrongestCoefficientsAndComesBackFromItsState) {
  const Histories log = random_log(40, kItems, 14, 6);
  RidgeOptions options = all_coefficients();
  const Matrix all = coefficients_of(RidgeSource("ridge", split_of(log, kItems), options));
  options.max_neighbors = 5;
  const RidgeSource source("ridge", split_of(log, kItems), options);
  for (std::size_t i = 0; i < kItems; ++i) {
    ASSERT_EQ(source.rows()[i].size(), 5u);
    double weakest = 1e9;
    for (const ItemWeight& entry : source.rows()[i]) weakest = std::min<double>(weakest, std::abs(entry.weight));
    int stronger = 0;
    for (const double weight : all[i]) stronger += std::abs(weight) > weakest ? 1 : 0;
    EXPECT_LE(stronger, 4) << i;
  }
  const RidgeSource read("ridge", source.state(), options, kItems);
  EXPECT_EQ(scores_of(read, log[0]), scores_of(source, log[0]));
  EXPECT_THROW(RidgeSource("ridge", source.state(), options, kItems + 1), Error);
}

TEST(RidgeSource, RemembersUsersThatItWasReadWithout) {
  const Histories log = random_log(40, kItems, 14, 7);
  const RidgeOptions options = all_coefficients();
  const RidgeSource kept("ridge", split_of(log, kItems), options, LeaveOneOut::kYes);
  RidgeSource read("ridge", kept.state(), options, kItems);
  EXPECT_FALSE(read.leaves_one_out());
  read.remember_users(std::make_shared<const Split>(split_of(log, kItems)));
  EXPECT_TRUE(read.leaves_one_out());
  EXPECT_EQ(scores_without(read, 3, log[3]), scores_without(kept, 3, log[3]));
}

TEST(RidgeSource, RefusesALogWithoutEventsAndStopsWhenAsked) {
  EXPECT_THROW(RidgeSource("ridge", split_of({}, 3), {}), Error);
  StopSource stop;
  stop.request_stop();
  EXPECT_THROW(RidgeSource("ridge", split_of({{1, 2}}, 3), {}, LeaveOneOut::kNo, 1, stop.token()), std::exception);
}

TEST(RidgeOptions, BindTheirRows) {
  RidgeOptions ridge;
  EaseOptions ease;
  OptionTable table;
  ridge.bind(table);
  ease.bind(table);
  table.set("ridge.lambda", "7", "test");
  table.set("ease.lambda", "8", "test");
  EXPECT_EQ(ridge.lambda, 7.0);
  EXPECT_EQ(ease.ridge().lambda, 8.0);
  EXPECT_THROW(table.set("ridge.before_decay", "2", "test"), Error);
}

}  // namespace
}  // namespace p5
