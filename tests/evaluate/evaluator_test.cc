#include "evaluate/evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/interrupt.h"
#include "base/rng.h"
#include "p5/error.h"
#include "retrieval/scoring_source.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using Items = std::vector<ItemId>;
using Histories = std::vector<Items>;

// Answers with a list of its own for every user, and remembers what it was asked.
class ListSource final : public CandidateSource {
 public:
  explicit ListSource(std::map<UserId, Items> lists) : lists_(std::move(lists)) {}
  std::string name() const override { return "list"; }
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override {
    batches.push_back(queries.size());
    std::vector<std::vector<Candidate>> answers;
    for (const CandidateQuery& query : queries) {
      asked_history[query.user].assign(query.history.begin(), query.history.end());
      asked_candidates[query.user].assign(query.candidates.begin(), query.candidates.end());
      auto& answer = answers.emplace_back();
      const auto found = lists_.find(query.user);
      const Items& list = found != lists_.end() ? found->second : asked_candidates[query.user];
      for (const ItemId item : list) {
        const bool excluded = std::find(query.exclude.begin(), query.exclude.end(), item) != query.exclude.end();
        if (!excluded) answer.push_back({item, -static_cast<float>(answer.size())});
      }
      asked_k = k;
    }
    return answers;
  }

  mutable std::vector<std::size_t> batches;
  mutable std::map<UserId, Items> asked_history, asked_candidates;
  mutable std::size_t asked_k = 0;

 private:
  std::map<UserId, Items> lists_;
};

// Scores item i for user u by a fixed hash with few values, so that ties are common.
class HashSource final : public ScoringSource {
 public:
  explicit HashSource(std::size_t items) : ScoringSource(items) {}
  std::string name() const override { return "hash"; }
  static float value(UserId user, ItemId item) {
    return static_cast<float>(stable_hash(std::to_string(item), user) % 25);
  }

 protected:
  void score(const CandidateQuery& query, std::span<float> scores) const override {
    for (ItemId item = 0; item < scores.size(); ++item) scores[item] = value(query.user, item);
  }
};

Split split_of(Histories histories, std::size_t items = 0) {
  return split_leave_one_out(
      std::make_shared<test::FakeCorpus>(test::FakeData{.histories = std::move(histories), .items = items}));
}

Histories random_histories(std::size_t users, std::size_t items) {
  Rng rng(11, "evaluator test");
  Histories histories(users);
  for (Items& history : histories) {
    for (std::uint64_t i = 3 + rng.below(10); i > 0; --i) history.push_back(static_cast<ItemId>(rng.below(items)));
  }
  return histories;
}

double value(const TaskResults& results, const std::string& part, const std::string& score) {
  return find_result(results, "sequential", part)->value(score);
}

double value(const std::vector<Score>& scores, const std::string& name) {
  return TaskResult{.scores = scores}.value(name);
}

TEST(EvaluateSequential, ShowsTheHistoryOfThePart) {
  const Split split = split_of({{1, 2, 3, 4}, {5, 6}, {7, 8, 9}});
  const ListSource source({});
  EXPECT_EQ(evaluate_sequential(split, Part::kTest, source, {}).front().n, 2u);  // the second has no target
  EXPECT_EQ(source.asked_history[0], (Items{1, 2, 3}));
  EXPECT_EQ(source.asked_history[2], (Items{7, 8}));
  evaluate_sequential(split, Part::kValid, source, {});
  EXPECT_EQ(source.asked_history[0], (Items{1, 2}));
  EXPECT_TRUE(source.asked_candidates[0].empty());
}

TEST(EvaluateSequential, Pitfall28RanksListsWithSeenItemsKeptAndDropped) {
  // Targets 4 and 2. User 0 gets two seen items first; the target of user 1 is a repeat.
  const Split split = split_of({{1, 2, 3, 4}, {2, 5, 2}});
  const ListSource source({{0, {1, 3, 4}}, {1, {2, 7}}});
  const TaskResults result = evaluate_sequential(split, Part::kTest, source, {});
  EXPECT_TRUE(find_result(result, "sequential", "keep")->find("mrr")->within_list);
  EXPECT_DOUBLE_EQ(value(result, "keep", "mrr"), (1.0 / 3.0 + 1.0) / 2);
  EXPECT_DOUBLE_EQ(value(result, "keep", "hr@1"), 0.5);
  EXPECT_DOUBLE_EQ(value(result, "drop", "mrr"), (1.0 + 0.0) / 2);
  EXPECT_DOUBLE_EQ(value(result, "drop", "hr@10"), 0.5);
}

TEST(EvaluateSequential, Pitfall14CountsUselessAnswers) {
  const Split split = split_of({{1, 2, 3, 4}, {2, 5, 6}}, 8);
  const ListSource source({{0, {9, 1, 1, 2}}, {1, {3, 4, 5, 7, 8, 0}}});
  const TaskResults result = evaluate_sequential(split, Part::kTest, source, {});
  EXPECT_DOUBLE_EQ(value(result, "", "invalid_rate"), 2.0 / 10.0);  // 9 and 8 are not items
  EXPECT_DOUBLE_EQ(value(result, "", "distinct"), (2.0 + 5.0) / 2);
}

TEST(EvaluateSequential, AsksInBatchesAndCutsLongLists) {
  const Split split = split_of(Histories(5, {16, 17, 15}), 18);
  Items list(16);
  for (ItemId item = 0; item < 16; ++item) list[item] = item;
  std::map<UserId, Items> lists;
  for (UserId user = 0; user < 5; ++user) lists[user] = list;
  const ListSource source(lists);
  EvaluateOptions options;
  options.batch = 2;
  options.list = 10;
  const TaskResults result = evaluate_sequential(split, Part::kTest, source, options);
  EXPECT_EQ(source.batches, (std::vector<std::size_t>{2, 2, 1}));
  EXPECT_EQ(source.asked_k, 10u);
  EXPECT_EQ(value(result, "keep", "mrr"), 0.0);  // rank 16 of a list of 10
  EXPECT_EQ(value(result, "", "distinct"), 10.0);
}

// A stop is noticed at the next batch, of lists and of scores alike.
TEST(EvaluateSequential, EndsWithinABatchWhenInterrupted) {
  class Stopping final : public CandidateSource {
   public:
    std::string name() const override { return "stopping"; }
    std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t) const override {
      ++batches;
      stop.request_stop();
      return std::vector<std::vector<Candidate>>(queries.size());
    }
    mutable int batches = 0;
    mutable StopSource stop;
  };
  const Split split = split_of(Histories(9, {16, 17, 15}), 18);
  EvaluateOptions options;
  options.batch = 2;
  const Stopping source;
  options.stop = source.stop.token();
  EXPECT_THROW(evaluate_sequential(split, Part::kTest, source, options), Interrupted);
  EXPECT_EQ(source.batches, 1);
  EXPECT_THROW(evaluate_sequential(split, Part::kTest, HashSource(18), options), Interrupted);
  options.stop = {};
  EXPECT_NO_THROW(evaluate_sequential(split, Part::kTest, HashSource(18), options));
}

// Seen items fill the list of user 0, not that of user 1: only the former is asked for again, without them.
TEST(EvaluateSequential, AsksAgainWhereSeenItemsTookThePlaces) {
  const Items list{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  const Split split = split_of({{0, 1, 2, 11}, {12, 13, 14, 3}});
  const ListSource source({{0, list}, {1, list}});
  EvaluateOptions options;
  options.list = 10;
  const TaskResults result = evaluate_sequential(split, Part::kTest, source, options);
  EXPECT_EQ(source.batches, (std::vector<std::size_t>{2, 1}));
  EXPECT_DOUBLE_EQ(value(result, "keep", "mrr"), (0.0 + 1.0 / 4.0) / 2);
  EXPECT_DOUBLE_EQ(value(result, "drop", "mrr"), (1.0 / 9.0 + 1.0 / 4.0) / 2);
}

TEST(EvaluateSequential, RanksScoresExactlyWhateverTheThreads) {
  constexpr std::size_t kItems = 40;
  const Histories histories = random_histories(150, kItems);
  const Split split = split_of(histories, kItems);
  RankingMetrics keep, drop;
  for (UserId user = 0; user < histories.size(); ++user) {
    const ItemId target = histories[user].back();
    const std::set<ItemId> seen(histories[user].begin(), histories[user].end() - 1);
    std::size_t keep_rank = 1, drop_rank = 1;
    for (ItemId item = 0; item < kItems; ++item) {
      if (item == target || HashSource::value(user, item) < HashSource::value(user, target)) continue;
      ++keep_rank;
      if (!seen.contains(item)) ++drop_rank;
    }
    keep.add(keep_rank);
    drop.add(seen.contains(target) ? kMiss : drop_rank);
  }
  for (const std::int64_t threads : {1, 3}) {
    EvaluateOptions options;
    options.threads = threads;
    const TaskResults result = evaluate_sequential(split, Part::kTest, HashSource(kItems), options);
    EXPECT_FALSE(find_result(result, "sequential", "keep")->find("mrr")->within_list);
    EXPECT_EQ(value(result, "keep", "ndcg@10"), value(keep.scores(), "ndcg@10"));
    EXPECT_EQ(value(result, "keep", "mrr"), value(keep.scores(), "mrr"));
    EXPECT_EQ(value(result, "drop", "ndcg@10"), value(drop.scores(), "ndcg@10"));
    EXPECT_EQ(value(result, "drop", "mrr"), value(drop.scores(), "mrr"));
    EXPECT_EQ(value(result, "", "invalid_rate"), 0.0);
    EXPECT_EQ(value(result, "", "distinct"), 20.0);
  }
}

// New products must not change figures: neither of sources that score all items nor of those that list some.
TEST(EvaluateSequential, ItemsWithoutEventsAreNoCandidates) {
  const Histories histories = random_histories(40, 30);
  const Split plain = split_of(histories, 30);
  const Split grown = split_leave_one_out(std::make_shared<test::FakeCorpus>(
      test::FakeData{.histories = histories, .items = 50, .items_without_events = 20}));
  const auto expect_equal = [](const TaskResults& a, const TaskResults& b) {
    for (const std::string part : {"keep", "drop"}) {
      for (const std::string score : {"ndcg@10", "hr@10", "mrr"})
        EXPECT_EQ(value(a, part, score), value(b, part, score));
    }
  };
  expect_equal(evaluate_sequential(plain, Part::kTest, HashSource(30), {}),
               evaluate_sequential(grown, Part::kTest, HashSource(50), {}));
  std::map<UserId, Items> lists, longer;
  for (UserId user = 0; user < 40; ++user) {
    for (ItemId item = 0; item < 15; ++item) {
      lists[user].push_back((item + user) % 30);
      longer[user].push_back(30 + item);
      longer[user].push_back((item + user) % 30);
    }
  }
  expect_equal(evaluate_sequential(plain, Part::kTest, ListSource(lists), {}),
               evaluate_sequential(grown, Part::kTest, ListSource(longer), {}));
}

TEST(EvaluateSequential, DrawsUsersBySeed) {
  const Split split = split_of(random_histories(100, 30), 30);
  EvaluateOptions options;
  options.users = 10;
  const auto users_of = [&] {
    const ListSource source({});
    EXPECT_EQ(evaluate_sequential(split, Part::kTest, source, options).front().n, 10u);
    Items users;
    for (const auto& [user, history] : source.asked_history) users.push_back(user);
    return users;
  };
  const Items first = users_of();
  EXPECT_EQ(first.size(), 10u);
  EXPECT_EQ(users_of(), first);
  options.seed = 1;
  EXPECT_NE(users_of(), first);
}

TEST(EvaluateSequential, RefusesASplitThatAnswersNothing) {
  const HashSource source(10);
  EXPECT_THROW(evaluate_sequential(split_of({{1, 2}}, 10), Part::kTest, source, {}), Error);
  const auto corpus = std::make_shared<test::FakeCorpus>(Histories{{0, 1, 2, 3}});
  const Split ratio(corpus, {Part::kTest, Part::kTrain, Part::kValid, Part::kTrain}, "ratio");
  EXPECT_THROW(evaluate_sequential(ratio, Part::kTest, source, {}), Error);
}

TEST(EvaluateSequential, NoticesASourceThatLosesAnswers) {
  class Lossy final : public CandidateSource {
   public:
    std::string name() const override { return "lossy"; }
    std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery>, std::size_t) const override {
      return {};
    }
  };
  EXPECT_THROW(evaluate_sequential(split_of({{1, 2, 3}}), Part::kTest, Lossy(), {}), Error);
}

class EvaluateDirect : public testing::Test {
 protected:
  static constexpr std::size_t kItems = 60, kUsers = 50, kNegatives = 19;

  EvaluateDirect() : histories_(random_histories(kUsers, kItems)), split_(split_of(histories_, kItems)) {
    Rng rng(2, "negatives");
    for (const Items& history : histories_) {
      Items unseen;
      for (ItemId item = 0; item < kItems; ++item) {
        if (std::find(history.begin(), history.end(), item) == history.end()) unseen.push_back(item);
      }
      rng.shuffle(std::span(unseen));
      stored_.insert(stored_.end(), unseen.begin(), unseen.begin() + kNegatives);
    }
  }
  NegativeSamples negatives() const { return {.count = kNegatives, .items = stored_}; }

  Histories histories_;
  Split split_;
  Items stored_;  // [users, negatives]
};

TEST_F(EvaluateDirect, RanksTheTargetAmongItsNegatives) {
  RankingMetrics expected;
  for (UserId user = 0; user < kUsers; ++user) {
    const ItemId target = histories_[user].back();
    std::size_t rank = 1;
    for (std::size_t i = 0; i < kNegatives; ++i) {
      const ItemId negative = stored_[user * kNegatives + i];
      if (HashSource::value(user, negative) >= HashSource::value(user, target)) ++rank;
    }
    expected.add(rank);
  }
  const TaskResult result = evaluate_direct(split_, Part::kTest, HashSource(kItems), negatives(), {});
  EXPECT_EQ(result.n, kUsers);
  EXPECT_EQ(result.value("mrr"), value(expected.scores(), "mrr"));
  EXPECT_EQ(result.value("ndcg@10"), value(expected.scores(), "ndcg@10"));
  const std::pair<std::string, std::string> stored{"negatives_sha256", negatives().sha256()};
  EXPECT_EQ(result.details, std::vector{stored});
}

// A source that answers in the order of the question is the hardest case: its rank is the target's position.
TEST_F(EvaluateDirect, Pitfall12APermutationOfTheNegativesChangesNothing) {
  const ListSource echo({});
  const TaskResult before = evaluate_direct(split_, Part::kTest, echo, negatives(), {});
  EXPECT_TRUE(before.find("mrr")->within_list);
  const auto asked = echo.asked_candidates;
  Rng rng(3, "permutation");
  for (std::size_t user = 0; user < kUsers; ++user) {
    rng.shuffle(std::span(stored_).subspan(user * kNegatives, kNegatives));
  }
  const TaskResult after = evaluate_direct(split_, Part::kTest, echo, negatives(), {});
  EXPECT_EQ(echo.asked_candidates, asked);
  EXPECT_EQ(after.value("mrr"), before.value("mrr"));
  // Nor does the position of the target help a source that prefers one: it is spread over all positions.
  EXPECT_LT(before.value("hr@1"), 0.25);
  EXPECT_GT(before.value("hr@10"), 0.25);
  EXPECT_LT(before.value("hr@10"), 0.75);
}

TEST_F(EvaluateDirect, PosesEachCandidateOnce) {
  const ListSource echo({});
  evaluate_direct(split_, Part::kTest, echo, negatives(), {});
  for (UserId user = 0; user < kUsers; ++user) {
    const Items& asked = echo.asked_candidates[user];
    const std::set<ItemId> distinct(asked.begin(), asked.end());
    EXPECT_EQ(distinct.size(), kNegatives + 1);
    EXPECT_TRUE(distinct.contains(histories_[user].back()));
  }
}

TEST_F(EvaluateDirect, AUserWithoutNegativesIsNotAsked) {
  std::fill(stored_.begin(), stored_.begin() + kNegatives, NegativeSamples::kNone);
  const ListSource echo({});
  const TaskResult result = evaluate_direct(split_, Part::kTest, echo, negatives(), {});
  EXPECT_FALSE(echo.asked_candidates.contains(0)) << "alone, its target would be first for every source";
  EXPECT_EQ(result.n + 1, evaluate_sequential(split_, Part::kTest, echo, {}).front().n);
  std::fill(stored_.begin(), stored_.end(), NegativeSamples::kNone);
  EXPECT_EQ(evaluate_direct(split_, Part::kTest, echo, negatives(), {}).n, 0u);
}

TEST_F(EvaluateDirect, PosesFewerWhereFewerAreStored) {
  stored_[kNegatives - 1] = NegativeSamples::kNone;
  const ListSource echo({});
  evaluate_direct(split_, Part::kTest, echo, negatives(), {});
  EXPECT_EQ(echo.asked_candidates[0].size(), kNegatives);
  EXPECT_EQ(echo.asked_candidates[1].size(), kNegatives + 1);
}

TEST_F(EvaluateDirect, CountsAnswersOutsideTheCandidates) {
  std::map<UserId, Items> lists;
  for (UserId user = 0; user < kUsers; ++user) lists[user] = {histories_[user].front(), histories_[user].back()};
  for (UserId user = 0; user < kUsers; ++user) {
    if (histories_[user].front() == histories_[user].back()) lists[user].front() = 0xffffffffu;
  }
  const TaskResult result = evaluate_direct(split_, Part::kTest, ListSource(lists), negatives(), {});
  EXPECT_DOUBLE_EQ(result.value("invalid_rate"), 0.5);
  EXPECT_DOUBLE_EQ(result.value("mrr"), 0.5);
}

TEST_F(EvaluateDirect, RefusesBadNegatives) {
  const HashSource source(kItems);
  const auto broken = [&](std::size_t place, ItemId item) {
    const ItemId kept = std::exchange(stored_[place], item);
    EXPECT_THROW(evaluate_direct(split_, Part::kTest, source, negatives(), {}), Error) << item;
    stored_[place] = kept;
  };
  broken(3, stored_[4]);            // twice
  broken(3, histories_[0].back());  // the target
  broken(3, kItems);                // not an item
  EXPECT_NO_THROW(evaluate_direct(split_, Part::kTest, source, negatives(), {}));
  stored_.pop_back();
  EXPECT_THROW(evaluate_direct(split_, Part::kTest, source, negatives(), {}), Error);
}

TEST(EvaluateRating, ScoresEveryRatedInteractionOfThePart) {
  const auto corpus = std::make_shared<test::FakeCorpus>(Histories{{0, 1, 2}, {0, 1, 2}},
                                                         std::vector<std::vector<float>>{{2, 4, 5}, {kNoRating, 3, 1}});
  const Split split(corpus, {Part::kTrain, Part::kTrain, Part::kTest, Part::kTest, Part::kTrain, Part::kTest}, "x");
  class Three final : public RatingPredictor {
   public:
    std::string name() const override { return "three"; }
    float predict(UserId user, ItemId) const override { return user == 0 ? 3.0f : std::nanf(""); }
  };
  const TaskResult result = evaluate_rating(split, Part::kTest, Three());
  EXPECT_EQ(result.n, 2u);
  EXPECT_DOUBLE_EQ(result.value("mae"), 2.0);  // |3 - 5| and, with the train mean of 3, |3 - 1|
  EXPECT_DOUBLE_EQ(result.value("coverage"), 0.5);
}

TEST(EvaluateRating, AQuickLookAsksForTheReviewsOfAFewUsers) {
  const auto corpus = std::make_shared<test::FakeCorpus>(
      Histories{{0, 1}, {0, 1}, {0, 1}}, std::vector<std::vector<float>>{{2, 4}, {kNoRating, kNoRating}, {3, 1}});
  const Split split(corpus, std::vector<Part>(6, Part::kTest), "x");
  EXPECT_THAT(reviews_to_ask(split, Part::kTest, {}), testing::ElementsAre(0u, 1u, 4u, 5u));
  std::set<std::vector<std::size_t>> asked;
  for (std::int64_t seed = 0; seed < 20; ++seed) {
    EvaluateOptions options;
    options.users = 1;
    options.seed = seed;
    asked.insert(reviews_to_ask(split, Part::kTest, options));
  }
  EXPECT_THAT(asked, testing::ElementsAre(std::vector<std::size_t>{0, 1}, std::vector<std::size_t>{4, 5}));
}

TEST(EvaluateRating, OnTwoNumbersAPredictionIsAProbability) {
  const std::vector<RatingPrediction> predictions{{1, 0.5f}, {0, 0.25f}, {0, std::nanf("")}};
  const TaskResult result = evaluate_rating(predictions, 0.5, RatingScale(0, 1, 1));
  EXPECT_DOUBLE_EQ(result.value("log_loss"), -(2 * std::log(0.5) + std::log(0.75)) / 3);
  EXPECT_DOUBLE_EQ(result.value("auc"), 0.75);
  EXPECT_EQ(evaluate_rating(predictions, 0.5, RatingScale(0, 2, 1)).find("auc"), nullptr);
}

TEST(EvaluateRating, ScoresGivenPredictions) {
  const std::vector<RatingPrediction> predictions{{5, 7}, {1, 2}, {4, std::nanf("")}};
  const TaskResult result = evaluate_rating(predictions, 3.5);
  EXPECT_EQ(result.n, 3u);
  EXPECT_DOUBLE_EQ(result.value("mae"), 0.5);
  EXPECT_DOUBLE_EQ(result.value("coverage"), 2.0 / 3.0);
}

// Ranks are kept, in the order of users_to_ask(); the same questions have the same number, others another.
TEST(EvaluateSequential, KeepsTheRankOfEveryUser) {
  const Split split = split_of({{0, 1, 2, 11}, {12, 13, 14, 3}, {5, 6, 7, 9}}, 15);
  const ListSource source({{0, {4, 11}}, {1, {12, 3, 1}}, {2, {1}}});
  EvaluateOptions options;
  const TaskResults result = evaluate_sequential(split, Part::kTest, source, options);
  const TaskResult& keep = *find_result(result, "sequential", "keep");
  EXPECT_EQ(keep.ranks, (std::vector<std::uint32_t>{2, 2, 0}));
  EXPECT_EQ(find_result(result, "sequential", "drop")->ranks, (std::vector<std::uint32_t>{2, 1, 0}));
  EXPECT_EQ(keep.list_length, 20u);
  EXPECT_EQ(users_to_ask(split, Part::kTest, options), (std::vector<UserId>{0, 1, 2}));
  const TaskResults scored = evaluate_sequential(split, Part::kTest, HashSource(15), options);
  EXPECT_EQ(find_result(scored, "sequential", "keep")->questions, keep.questions);
  EXPECT_EQ(find_result(scored, "sequential", "keep")->list_length, 0u);
  options.users = 2;
  const TaskResults fewer = evaluate_sequential(split, Part::kTest, source, options);
  EXPECT_NE(find_result(fewer, "sequential", "keep")->questions, keep.questions);
  EXPECT_EQ(users_to_ask(split, Part::kTest, options).size(), 2u);
}

// A list as long as the largest cut-off: a rank below it would be a miss for want of places.
TEST(EvaluateSequential, ListsAreAsLongAsTheLargestCutoff) {
  const Split split = split_of(Histories(2, {16, 17, 15}), 40);
  Items list(30);
  for (ItemId item = 0; item < 30; ++item) list[item] = item == 24 ? 15 : item + (item < 15 ? 0 : 3);
  const ListSource source({{0, list}, {1, list}});
  EvaluateOptions options;
  options.k = {"5", "30"};
  options.metrics = {"precision"};
  const TaskResults result = evaluate_sequential(split, Part::kTest, source, options);
  EXPECT_EQ(source.asked_k, 30u);
  EXPECT_DOUBLE_EQ(value(result, "keep", "hr@30"), 1.0);  // at place 25
  EXPECT_DOUBLE_EQ(value(result, "keep", "hr@10"), 0.0);
  EXPECT_DOUBLE_EQ(value(result, "keep", "precision@30"), 1.0 / 30);
  EXPECT_EQ(find_result(result, "sequential", "keep")->list_length, 30u);
}

TEST(EvaluateOptions, BindsItsRows) {
  EvaluateOptions options;
  OptionTable table;
  options.bind(table);
  EXPECT_EQ(options.part(), Part::kTest);
  table.set("evaluate.split", "valid", "test");
  EXPECT_EQ(options.part(), Part::kValid);
  EXPECT_THROW(table.set("evaluate.split", "train", "test"), Error);
  EXPECT_THROW(table.set("evaluate.list", "5", "test"), Error);
  table.set("evaluate.k", "[50, 5]", "test");
  EXPECT_EQ(options.list_length(), 50u);
  EXPECT_THROW(table.set("evaluate.k", "[0]", "test"), Error);
  EXPECT_THROW(table.set("evaluate.metrics", "[\"hr\"]", "test"), Error);  // is always there
  EXPECT_NE(table.find_flag("split"), nullptr);
}

}  // namespace
}  // namespace p5
