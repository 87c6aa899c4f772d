#include "retrieval/user_knn_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
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

constexpr std::size_t kItems = 30;

// The formulas of the header, written down directly.
std::vector<double> definition(const Histories& log, const UserKnnOptions& options, const std::vector<ItemId>& history,
                               UserId left_out) {
  std::vector<std::set<ItemId>> users;
  for (const auto& items : log) users.emplace_back(items.begin(), items.end());
  std::vector<double> counts(kItems), idf(kItems);
  for (const auto& items : users) {
    for (const ItemId item : items) ++counts[item];
  }
  for (std::size_t item = 0; item < kItems; ++item) idf[item] = std::log(double(users.size()) / (counts[item] + 1));
  std::vector<std::pair<double, UserId>> likeness;
  for (UserId user = 0; user < users.size(); ++user) {
    if (user == left_out) continue;
    double product = 0, squares = 0;
    for (const ItemId item : users[user]) squares += idf[item] * idf[item];
    for (std::size_t age = 0; age < history.size(); ++age) {
      const ItemId item = history[history.size() - 1 - age];
      if (users[user].contains(item)) product += std::pow(options.weights.recency, double(age)) * idf[item] * idf[item];
    }
    if (product > 0) likeness.push_back({-product / (std::sqrt(squares) + 1e-9), user});
  }
  std::sort(likeness.begin(), likeness.end());
  likeness.resize(std::min(likeness.size(), std::size_t(options.neighbors)));
  std::vector<double> scores(kItems);
  for (const auto& [negative, user] : likeness) {
    for (const ItemId item : users[user]) scores[item] += negative * negative;
  }
  for (std::size_t item = 0; item < kItems; ++item) scores[item] /= std::sqrt(counts[item] + options.shrinkage);
  return scores;
}

void expect_near(const std::vector<float>& got, const std::vector<double>& expected) {
  for (std::size_t item = 0; item < kItems; ++item) EXPECT_NEAR(got[item], expected[item], 1e-4 * (1 + expected[item]));
}

TEST(UserKnnSource, AgreesWithTheDefinition) {
  const Histories log = random_log(50, kItems, 15, 1);
  UserKnnOptions options;
  options.neighbors = 7;
  const UserKnnSource source(split_of(log, kItems), options);
  for (const auto& history : {std::vector<ItemId>{3}, {4, 5, 6}, {9, 9, 2}}) {
    expect_near(scores_of(source, history), definition(log, options, history, kUnknownUser));
  }
  expect_near(scores_of(source, log[5], 5), definition(log, options, log[5], 5));  // who is asked for does not vote
  EXPECT_EQ(scores_of(source, {}), std::vector<float>(kItems));
  EXPECT_EQ(scores_of(source, {999}), std::vector<float>(kItems));
}

TEST(UserKnnSource, LeavesOneUserOutExactly) {
  const Histories log = random_log(25, kItems, 15, 2);
  UserKnnOptions options;
  options.neighbors = 6;
  const UserKnnSource source(split_of(log, kItems), options);
  for (UserId user = 0; user < log.size(); ++user) {
    Histories others = log;
    others.erase(others.begin() + user);
    const UserKnnSource refit(split_of(others, kItems), options);
    for (std::size_t length = 1; length < log[user].size(); ++length) {
      const std::vector<ItemId> prefix(log[user].begin(), log[user].begin() + std::ptrdiff_t(length));
      const auto got = scores_without(source, user, prefix), expected = scores_of(refit, prefix);
      for (ItemId item = 0; item < kItems; ++item) EXPECT_NEAR(got[item], expected[item], 1e-4) << user << ", " << item;
    }
  }
  EXPECT_EQ(scores_without(source, kUnknownUser, log[0]), scores_of(source, log[0]));
}

TEST(UserKnnSource, PlainScoresKnowTheNextItemOfTrainingHistories) {
  const Histories log = random_log(60, 200, 8, 3);
  const UserKnnSource source(split_of(log, 200), {});
  const test::SharesOfTheNext shares = test::shares_of_the_next(source, log);
  EXPECT_GT(shares.plain, 3 * shares.without);
}

TEST(UserKnnOptions, BindTheirRows) {
  UserKnnOptions options;
  OptionTable table;
  options.bind(table);
  table.set("user_knn.neighbors", "5", "test");
  EXPECT_EQ(options.neighbors, 5);
  EXPECT_THROW(table.set("user_knn.recency", "2", "test"), Error);
}

}  // namespace
}  // namespace p5
