// Random logs with something to learn in them, for tests of sources against their definitions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "corpus/split.h"
#include "retrieval/counting_source.h"
#include "support/fake_corpus.h"

namespace p5::test {

using Histories = std::vector<std::vector<ItemId>>;

// The histories are the train parts: a validation and a test item (0) are appended, which must not change anything.
// Empty histories stay without targets.
inline Split split_of(Histories histories, std::size_t items) {
  for (auto& history : histories) history.insert(history.end(), {0, 0});
  return split_leave_one_out(std::make_shared<FakeCorpus>(FakeData{.histories = std::move(histories), .items = items}));
}

// Half of the steps go to the next item of a circle, so that order means something; repeats happen.
inline Histories random_log(std::size_t users, std::size_t items, std::size_t longest, std::uint64_t seed) {
  Rng rng(seed, "random log");
  Histories histories(users);
  for (auto& history : histories) {
    auto item = static_cast<ItemId>(rng.below(items));
    for (std::uint64_t length = 2 + rng.below(longest - 1); history.size() < length;) {
      history.push_back(item);
      item = static_cast<ItemId>(rng.coin() ? (item + 1) % items : rng.below(items));
    }
  }
  return histories;
}

inline std::vector<float> scores_of(const ScoringSource& source, const std::vector<ItemId>& history,
                                    UserId user = kUnknownUser) {
  std::vector<float> scores(source.item_count());
  source.score_all({.user = user, .history = history}, scores);
  return scores;
}

inline std::vector<float> scores_without(const CountingSource& source, UserId own, std::span<const ItemId> history) {
  std::vector<float> scores(source.item_count());
  source.score_without(own, history, scores);
  return scores;
}

// The mean share that the next item of training histories has among all scores above 0, from plain scores and from
// those without the user. A source that leaks gives the first much more.
struct SharesOfTheNext {
  double plain = 0, without = 0;
};
inline SharesOfTheNext shares_of_the_next(const CountingSource& source, const Histories& histories) {
  SharesOfTheNext shares;
  double prefixes = 0;
  const auto share = [](const std::vector<float>& scores, ItemId next) {
    double sum = 1e-12;
    for (const float score : scores) sum += score > 0 ? score : 0;
    return scores[next] > 0 ? scores[next] / sum : 0.0;
  };
  for (UserId user = 0; user < histories.size(); ++user) {
    for (std::size_t length = 1; length < histories[user].size(); ++length) {
      const std::vector<ItemId> prefix(histories[user].begin(),
                                       histories[user].begin() + static_cast<std::ptrdiff_t>(length));
      shares.plain += share(scores_of(source, prefix), histories[user][length]);
      shares.without += share(scores_without(source, user, prefix), histories[user][length]);
      ++prefixes;
    }
  }
  return {shares.plain / prefixes, shares.without / prefixes};
}

}  // namespace p5::test
