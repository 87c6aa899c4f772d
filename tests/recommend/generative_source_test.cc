#include "recommend/generative_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "p5/error.h"
#include "recommend/answer_world.h"
#include "support/fake_sequence_model.h"

namespace p5 {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAreArray;

GenerativeOptions test_options(std::int64_t beams = 20, std::size_t batch = 64) {
  return {.sequential_prompt = "2-3", .direct_prompt = "5-5", .decode = {.beams = beams}, .batch = batch};
}

class GenerativeSourceTest : public testing::Test {
 protected:
  GenerativeSource source(std::size_t batch = 64, std::int64_t beams = 20) {
    return {model_, *run_, test_options(beams, batch)};
  }
  std::vector<ItemId> items(const CandidateQuery& query, std::size_t k) { return items_of(ask(query, k)); }
  std::vector<Candidate> ask(const CandidateQuery& query, std::size_t k) {
    return source().retrieve(std::span(&query, 1), k).front();
  }
  static std::vector<ItemId> items_of(const std::vector<Candidate>& list) {
    std::vector<ItemId> items;
    for (const Candidate& candidate : list) items.push_back(candidate.item);
    return items;
  }
  std::vector<ItemId> all_items() const {
    std::vector<ItemId> all(world_.items());
    std::iota(all.begin(), all.end(), ItemId{0});
    return all;
  }

  test::AnswerWorld world_;
  std::shared_ptr<const LoadedRun> run_ = world_.load();
  test::FakeSequenceModel model_ = test::FakeSequenceModel::random(world_.vocabulary_size());
  std::vector<ItemId> history_{3, 14, 15, 9};
};

TEST_F(GenerativeSourceTest, AnswersEveryItemOnceWhenMoreAreAskedThanThereAre) {
  const auto list = ask({.user = 2, .history = history_}, 1000);
  EXPECT_THAT(items_of(list), UnorderedElementsAreArray(all_items()));
  double total = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    total += std::exp(static_cast<double>(list[i].score));
    EXPECT_LE(list[i].score, list[i == 0 ? 0 : i - 1].score);
  }
  EXPECT_NEAR(total, 1.0, 1e-4);  // the scores are log-probabilities over the whole trie
}

TEST_F(GenerativeSourceTest, PromptsOfFamiliesThatAreOffMayBeMissing) {
  test::AnswerWorld world;
  world.bundle.prompts = std::make_shared<const PromptLibrary>(PromptLibrary::parse(
      "family = \"direct\"\n[[prompt]]\nid = \"5-5\"\ntask = \"choose\"\nsource = \"{user}: {candidates}\"\n"
      "target = \"{item}\"\n",
      "test"));
  EXPECT_THROW(GenerativeSource(model_, *world.load(), test_options()), Error);
  world.bundle.task.sequential_samples = 0;
  const auto run = world.load();
  const GenerativeSource direct(model_, *run, test_options());
  const std::vector<ItemId> candidates{7, 9, 1};
  const CandidateQuery query{.user = 2, .candidates = candidates};
  EXPECT_THAT(items_of(direct.retrieve(std::span(&query, 1), 3).front()), UnorderedElementsAreArray(candidates));
}

TEST_F(GenerativeSourceTest, ShorterListsAreTheHeadOfLongerOnes) {
  const auto all = items({.user = 2, .history = history_}, 60);
  const auto few = source(64, 60).retrieve(std::vector<CandidateQuery>{{.user = 2, .history = history_}}, 7).front();
  EXPECT_EQ(items_of(few), std::vector<ItemId>(all.begin(), all.begin() + 7));
}

TEST_F(GenerativeSourceTest, ExcludedItemsDoNotComeBack) {
  const auto list = items({.user = 2, .history = history_, .exclude = history_}, 60);
  EXPECT_THAT(list, SizeIs(56));
  const std::set<ItemId> found(list.begin(), list.end());
  EXPECT_EQ(found.size(), 56u);
  for (const ItemId seen : history_) EXPECT_FALSE(found.count(seen)) << seen;
}

TEST_F(GenerativeSourceTest, NothingIsLeftWhenAllIsExcluded) {
  const auto all = all_items();
  EXPECT_THAT(items({.user = 2, .history = history_, .exclude = all}, 10), IsEmpty());
  const std::vector<ItemId> all_but_one(all.begin() + 1, all.end());
  EXPECT_EQ(items({.user = 2, .history = history_, .exclude = all_but_one}, 10), std::vector<ItemId>{0});
}

TEST_F(GenerativeSourceTest, RanksTheCandidatesAndNothingElse) {
  const std::vector<ItemId> candidates{50, 5, 1, 11, 10, 59};
  EXPECT_THAT(items({.user = 2, .candidates = candidates}, 100), UnorderedElementsAreArray(candidates));
  EXPECT_THAT(items({.user = 2, .candidates = candidates}, 2), SizeIs(2));
  const std::vector<ItemId> exclude{5, 50, 33};
  const std::vector<ItemId> left{1, 11, 10, 59};
  EXPECT_THAT(items({.user = 2, .exclude = exclude, .candidates = candidates}, 100), UnorderedElementsAreArray(left));
}

TEST_F(GenerativeSourceTest, TheOrderOfCandidatesDoesNotMatter) {
  const std::vector<ItemId> one{50, 5, 1, 11, 10, 59}, other{59, 10, 1, 50, 11, 5};
  EXPECT_EQ(items({.user = 2, .candidates = one}, 6), items({.user = 2, .candidates = other}, 6));
}

TEST_F(GenerativeSourceTest, RepeatedCandidatesAreRefused) {
  const std::vector<ItemId> twice{5, 5};
  EXPECT_THROW(ask({.user = 2, .candidates = twice}, 2), Error);
}

TEST_F(GenerativeSourceTest, AsksWithThePromptOfTheTask) {
  const std::vector<ItemId> candidates{5, 1};
  ask({.user = 2, .history = history_}, 1);
  EXPECT_EQ(model_.started().front(), world_.writer->row({.user = 2, .history = history_}, "2-3").source);
  ask({.user = 2, .candidates = candidates}, 1);
  EXPECT_EQ(model_.started().front(), world_.writer->row({.user = 2, .candidates = candidates}, "5-5").source);
}

// Item i has the codes i % 8 and 8 + i / 8.
class CodesAtOnce : public testing::Test {
 protected:
  CodesAtOnce() {
    std::vector<std::string> names, items;
    for (int code = 0; code < 16; ++code) names.push_back("code_" + std::to_string(code));
    world_.bundle.vocabulary =
        std::make_shared<const Vocabulary>(std::make_shared<const test::LetterTokenizer>(), 0, names);
    const TokenId first = world_.bundle.vocabulary->items().begin;
    std::vector<std::vector<TokenId>> paths;
    for (std::size_t item = 0; item < world_.items(); ++item) {
      paths.push_back({first + static_cast<TokenId>(item % 8), first + static_cast<TokenId>(8 + item / 8)});
      items.push_back("item_" + std::to_string(item));
    }
    world_.bundle.index = std::make_shared<const ItemIndex>("product", paths, items);
    world_.bundle.task.trie_softmax = world_.bundle.task.parallel_codes = true;
    run_ = world_.load();
  }

  static double logit(TokenId token) { return 2.0 * Rng(4, std::to_string(token)).normal(); }
  // What the model says of an item: the sum over its codes.
  double expected(ItemId item) const {
    double score = 0;
    for (const TokenId code : run_->bundle.index->path(item)) {
      const TokenId first = run_->bundle.vocabulary->items().begin;
      const TokenId begin = code - first < 8 ? first : first + 8;
      double sum = 0;
      for (TokenId other = begin; other < begin + 8; ++other) sum += std::exp(logit(other));
      score += logit(code) - std::log(sum);
    }
    return score;
  }

  test::AnswerWorld world_;
  std::shared_ptr<const LoadedRun> run_;
};

TEST_F(CodesAtOnce, ScoresAreTheBruteForceSumsOfAllItems) {
  std::size_t steps = 0;
  test::FakeSequenceModel model(world_.vocabulary_size(), [&](const auto&, const auto& target, TokenId token) {
    steps = std::max(steps, target.size() + 1);
    return logit(token);
  });
  const GenerativeSource source(model, *run_, test_options());
  const std::vector<ItemId> history{3, 14}, exclude{7, 8};
  const CandidateQuery query{.user = 2, .history = history, .exclude = exclude};
  const auto list = source.retrieve(std::vector{query, query}, 100).back();
  ASSERT_EQ(list.size(), world_.items() - 2);
  EXPECT_EQ(steps, 1u) << "one step, not a search";
  double total = 0;
  for (ItemId item = 0; item < world_.items(); ++item) {
    if (item != 7 && item != 8) total += std::exp(expected(item));
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    EXPECT_NEAR(list[i].score, expected(list[i].item) - std::log(total), 1e-4);
    if (i > 0) EXPECT_LE(list[i].score, list[i - 1].score);
    EXPECT_NE(list[i].item, 7u);
  }
}

TEST_F(CodesAtOnce, CandidatesAreRankedAmongThemselves) {
  test::FakeSequenceModel model(world_.vocabulary_size(),
                                [](const auto&, const auto&, TokenId token) { return logit(token); });
  const GenerativeSource source(model, *run_, test_options());
  const std::vector<ItemId> candidates{5, 40, 21};
  const CandidateQuery query{.user = 2, .candidates = candidates};
  const auto list = source.retrieve(std::span(&query, 1), 10).front();
  double sum = 0;
  std::vector<ItemId> found;
  for (const Candidate& candidate : list) {
    found.push_back(candidate.item);
    sum += std::exp(static_cast<double>(candidate.score));
  }
  EXPECT_THAT(found, UnorderedElementsAreArray(candidates));
  EXPECT_NEAR(sum, 1, 1e-5);
}

TEST_F(CodesAtOnce, NeedAnswersOfOneItem) {
  world_.bundle.task.target_items = 2;
  EXPECT_THROW(world_.load(), Error);
}

// Thousands of candidates in a prompt would take attention with the square of their number.
TEST(GenerativeSourceOfSmallInputs, CandidatesThatDoNotFitAreLeftToTheSearch) {
  test::AnswerWorld world;
  world.bundle.task.candidates = 5;
  world.bundle.task.max_source = 200;
  const auto run = world.load();
  const QuestionWriter& writer = run->writer;
  auto model = test::FakeSequenceModel::random(world.vocabulary_size());
  const GenerativeSource source(model, *run, test_options());
  std::vector<ItemId> many(50), few{7, 8, 9};
  std::iota(many.begin(), many.end(), ItemId{10});
  const std::vector<ItemId> history{1, 2, 3};
  const auto ask = [&](const GenerativeSource& asked, std::span<const ItemId> candidates) {
    const CandidateQuery query{.user = 2, .history = history, .exclude = {}, .candidates = candidates};
    const auto lists = asked.retrieve(std::span(&query, 1), 60);
    std::vector<ItemId> items;
    for (const Candidate& candidate : lists.front()) items.push_back(candidate.item);
    return items;
  };
  EXPECT_THAT(ask(source, many), UnorderedElementsAreArray(many));
  EXPECT_LE(model.started().front().size(), 200u);
  EXPECT_EQ(model.started().front(), writer.row({.user = 2, .history = history}, "2-3").source);
  EXPECT_THAT(ask(source, few), UnorderedElementsAreArray(few));
  EXPECT_EQ(model.started().front(), writer.row({.user = 2, .candidates = few}, "5-5").source);
  const GenerativeSource direct_only(model, *run, {.sequential_prompt = "5-5", .direct_prompt = "5-5"});
  EXPECT_THROW(ask(direct_only, many), Error);
}

TEST_F(GenerativeSourceTest, PromptsThatDoNotAskForItemsAreNamed) {
  for (const std::string prompt : {"1-1", "2-11"}) {
    try {
      const GenerativeSource wrong(model_, *run_, {.sequential_prompt = prompt, .direct_prompt = prompt});
      FAIL() << prompt;
    } catch (const Error& error) {
      EXPECT_EQ(exit_code_of(error), 2);
      EXPECT_THAT(error.what(), testing::HasSubstr("prompt " + prompt));
    }
  }
}

// As a source with these options would answer, in whatever order the queries come; neighbors that are searched alike
// share a batch.
TEST_F(GenerativeSourceTest, AQueryMayBringItsPromptAndItsSearch) {
  const std::vector<ItemId> candidates{5, 1, 7};
  const std::vector<CandidateQuery> queries{
      {.user = 2, .history = history_},
      {.user = 2, .history = history_, .asking = {.prompt = "2-13"}},
      {.user = 2, .history = history_, .candidates = candidates, .asking = {.prompt = "2-13"}},
      {.user = 2, .history = history_, .asking = {.beams = 1}},
      {.user = 2, .history = history_, .asking = {.beams = 2, .length_penalty = 3.0}}};
  const GenerativeSource asked = source();
  const auto lists = asked.retrieve(queries, 1);
  EXPECT_EQ(model_.batches(), 3);
  ASSERT_THAT(lists, SizeIs(5));
  for (std::size_t i = 0; i < queries.size(); ++i) {
    CandidateQuery plain = queries[i];
    plain.asking = {};
    GenerativeOptions options = test_options(queries[i].asking.beams.value_or(20));
    options.decode.length_penalty = queries[i].asking.length_penalty.value_or(0);
    if (!queries[i].asking.prompt.empty()) options.sequential_prompt = options.direct_prompt = "2-13";
    const auto wanted = GenerativeSource(model_, *run_, options).retrieve(std::span(&plain, 1), 1).front();
    EXPECT_EQ(items_of(lists[i]), items_of(wanted)) << i;
    EXPECT_EQ(lists[i].front().score, wanted.front().score) << i;
  }
  EXPECT_NE(lists[0].front().score, lists[1].front().score);
  const CandidateQuery stars{.user = 2, .history = history_, .asking = {.prompt = "1-1"}};
  EXPECT_THROW(asked.retrieve(std::span(&stars, 1), 1), Error);
}

TEST_F(GenerativeSourceTest, BatchesDoNotChangeAnswers) {
  std::vector<CandidateQuery> queries;
  for (UserId user = 0; user < 7; ++user) {
    queries.push_back({.user = user, .history = world_.data.ranking->train_items(user)});
  }
  const auto together = source(64).retrieve(queries, 20);
  EXPECT_EQ(model_.batches(), 1);
  const auto apart = source(3).retrieve(queries, 20);
  EXPECT_EQ(model_.batches(), 1 + 3);
  ASSERT_EQ(apart.size(), together.size());
  for (std::size_t i = 0; i < together.size(); ++i) EXPECT_EQ(items_of(apart[i]), items_of(together[i])) << i;
  EXPECT_NE(items_of(together[0]), items_of(together[1]));
  EXPECT_THAT(source().retrieve({}, 5), IsEmpty());
}

TEST_F(GenerativeSourceTest, AnUnknownUserIsServedByTheHistoryAlone) {
  EXPECT_THAT(items({.history = history_}, 10), SizeIs(10));
}

TEST_F(GenerativeSourceTest, AnEmptyHistoryIsNoReasonForNoAnswer) {
  const auto list = items({.user = 2}, 10);
  EXPECT_EQ(std::set<ItemId>(list.begin(), list.end()).size(), 10u);
}

}  // namespace
}  // namespace p5
