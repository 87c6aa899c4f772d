#include "simulate/log_simulator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "base/digest.h"
#include "base/utf8.h"
#include "p5/error.h"

namespace p5 {
namespace {

struct Collected final : RecordSink {
  void interaction(Interaction& record) override { events.push_back(record); }
  void item(ItemRecord& record) override { items.push_back(record); }
  void user(UserRecord& record) override { users.push_back(record); }
  void bad_line(std::string_view, std::uint64_t, std::string_view, std::string_view) override { FAIL(); }
  void progress(std::uint64_t, std::uint64_t count) override { lines += count; }

  std::vector<Interaction> events;
  std::vector<ItemRecord> items;
  std::vector<UserRecord> users;
  std::uint64_t lines = 0;
};

Collected simulate(const SimulateOptions& options) {
  Collected world;
  simulate_log(options, world);
  return world;
}

std::string digest(const Collected& world) {
  Sha256 sha;
  for (const auto& item : world.items) sha.update(item.key).update(item.title).update(item.description);
  for (const auto& event : world.events) {
    sha.update(event.user + event.item + std::to_string(event.time_ms) + std::to_string(event.rating) + event.review);
  }
  return sha.hex();
}

TEST(LogSimulator, DeliversExactlyWhatWasAskedFor) {
  for (const SimulateOptions options :
       {SimulateOptions{.users = 300, .items = 100, .events = 5003},
        SimulateOptions{.users = 10, .items = 1, .events = 11}, SimulateOptions{.users = 3, .items = 9, .events = 200},
        SimulateOptions{.users = 1, .items = 2, .events = 1}}) {
    const Collected world = simulate(options);
    EXPECT_EQ(world.items.size(), static_cast<std::size_t>(options.items));
    EXPECT_EQ(world.users.size(), static_cast<std::size_t>(options.users));
    EXPECT_EQ(world.events.size(), static_cast<std::size_t>(options.events));
    EXPECT_EQ(world.lines, world.events.size());
    std::set<std::string> keys, users;
    for (const auto& item : world.items) keys.insert(item.key);
    EXPECT_EQ(keys.size(), world.items.size());
    for (const auto& event : world.events) {
      EXPECT_TRUE(keys.contains(event.item));
      users.insert(event.user);
    }
    EXPECT_EQ(users.size(), world.users.size()) << "every user has an event";
  }
}

TEST(LogSimulator, IsDrawnBySeed) {
  SimulateOptions options{.users = 50, .items = 60, .events = 800};
  const std::string first = digest(simulate(options));
  EXPECT_EQ(digest(simulate(options)), first);
  options.seed = 7;
  EXPECT_NE(digest(simulate(options)), first);
}

TEST(LogSimulator, RecordsAreWellFormedAndVaried) {
  const Collected world = simulate({.users = 400, .items = 200, .events = 6000});
  std::set<std::string> titles, reviews, brands;
  std::map<int, int> stars;
  for (const auto& item : world.items) {
    EXPECT_FALSE(item.title.empty());
    EXPECT_FALSE(item.description.empty());
    EXPECT_EQ(item.categories.size(), 2u);
    EXPECT_TRUE(std::isnan(item.price) || item.price > 0);
    titles.insert(item.title);
    brands.insert(item.brand);
  }
  EXPECT_GT(titles.size(), world.items.size() * 9 / 10);
  EXPECT_GE(brands.size(), 8u);
  for (std::size_t i = 0; i < world.events.size(); ++i) {
    const Interaction& event = world.events[i];
    ASSERT_TRUE(is_utf8(event.review) && is_utf8(event.headline));
    ASSERT_FALSE(event.review.empty());
    ASSERT_FALSE(event.headline.empty());
    if (i > 0 && world.events[i - 1].user == event.user) {
      ASSERT_GT(event.time_ms, world.events[i - 1].time_ms);
    }
    ASSERT_GT(event.time_ms, 1388534400000) << "after 2014-01-01";
    ASSERT_LT(event.time_ms, 1640995200000) << "before 2022";
    ++stars[static_cast<int>(event.rating)];
    reviews.insert(event.review);
  }
  EXPECT_GT(reviews.size(), world.events.size() * 9 / 10);
  EXPECT_EQ(stars.size(), 5u);
  for (const auto& [star, count] : stars) {
    EXPECT_TRUE(star >= 1 && star <= 5);
    EXPECT_GT(count, 60) << star;
  }
}

TEST(LogSimulator, ReviewShareLeavesPlainEvents) {
  const Collected world = simulate({.users = 100, .items = 100, .events = 4000, .review_share = 0.25});
  const auto plain = std::count_if(world.events.begin(), world.events.end(), [](const Interaction& event) {
    return event.event == "purchase" && event.review.empty() && std::isnan(event.rating);
  });
  EXPECT_NEAR(static_cast<double>(plain) / 4000, 0.75, 0.03);
}

TEST(LogSimulator, RefusesFewerEventsThanUsers) {
  EXPECT_THROW(simulate({.users = 10, .items = 5, .events = 9}), Error);
  EXPECT_THROW(simulate({.users = 0, .items = 5, .events = 9}), Error);
}

// Histories as item numbers, without the last item, and the last item as the target.
struct LeaveOneOut {
  std::vector<std::vector<std::size_t>> histories = {};
  std::vector<std::size_t> targets = {};
  std::size_t items = 0;
};

LeaveOneOut leave_one_out(const Collected& world) {
  std::unordered_map<std::string, std::size_t> number;
  for (const auto& item : world.items) number.emplace(item.key, number.size());
  std::map<std::string, std::vector<std::size_t>> histories;
  for (const auto& event : world.events) histories[event.user].push_back(number.at(event.item));
  LeaveOneOut data{.items = number.size()};
  for (auto& [user, history] : histories) {
    data.targets.push_back(history.back());
    history.pop_back();
    data.histories.push_back(std::move(history));
  }
  return data;
}

// Share of users whose target is among the ten best scores; seen items are removed, ties count against it.
template <typename Score>
double hit_rate(const LeaveOneOut& data, Score score) {
  std::size_t hits = 0;
  for (std::size_t user = 0; user < data.targets.size(); ++user) {
    std::vector<double> scores = score(data.histories[user]);
    for (const std::size_t item : data.histories[user]) scores[item] = -1;
    const double own = scores[data.targets[user]];
    hits += std::count_if(scores.begin(), scores.end(), [&](double other) { return other >= own; }) <= 10;
  }
  return static_cast<double>(hits) / static_cast<double>(data.targets.size());
}

TEST(LogSimulator, CanBeLearntFromButNotAtOnce) {
  const LeaveOneOut data = leave_one_out(simulate({.users = 3000, .items = 1000, .events = 45000}));
  std::vector<double> popularity(data.items);
  // Pairs (a, b) where b came within three steps after a, nearer pairs weigh more.
  std::vector<std::vector<double>> after(data.items, std::vector<double>(data.items));
  for (const auto& history : data.histories) {
    for (std::size_t i = 0; i < history.size(); ++i) {
      ++popularity[history[i]];
      for (std::size_t gap = 1; gap <= 3 && i + gap < history.size(); ++gap) {
        after[history[i]][history[i + gap]] += 1.0 / static_cast<double>(gap);
      }
    }
  }
  const double by_popularity = hit_rate(data, [&](const auto&) { return popularity; });
  const double by_neighbors = hit_rate(data, [&](const std::vector<std::size_t>& history) {
    std::vector<double> scores(data.items);
    double weight = 1;
    for (std::size_t back = 0; back < history.size() && back < 5; ++back, weight *= 0.5) {
      const std::size_t from = history[history.size() - 1 - back];
      for (std::size_t item = 0; item < data.items; ++item) {
        scores[item] += weight * after[from][item] / std::sqrt((popularity[from] + 3) * (popularity[item] + 3));
      }
    }
    return scores;
  });
  RecordProperty("popularity", std::to_string(by_popularity));
  RecordProperty("neighbors", std::to_string(by_neighbors));
  EXPECT_GT(by_popularity, 0.02);
  EXPECT_LT(by_popularity, 0.10);
  EXPECT_GT(by_neighbors, 2.5 * by_popularity);
  EXPECT_LT(by_neighbors, 0.6);
}

}  // namespace
}  // namespace p5
