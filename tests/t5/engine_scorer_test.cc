// Ranking over a T5Engine, whatever lists rows bring, and requests that break the contract.
#include "t5/engine_scorer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <span>
#include <vector>

#include "p5/error.h"
#include "t5/model_batches.h"
#include "t5/random_checkpoint.h"
#include "t5/scorer_walk.h"

namespace p5 {
namespace {

using namespace p5::test;

// An engine of random weights that `change` may alter.
std::shared_ptr<const T5Engine> engine_of(const T5Spec& spec,
                                          const std::function<void(const std::string&, std::vector<float>&)>& change) {
  const TemporaryFolder folder;
  write_random_checkpoint(folder.path(), spec, 51);
  const SafetensorsFile file(folder / "model.safetensors");
  std::vector<float> values;
  const T5Engine::Weights weights = [&](const std::string& name) -> std::span<const float> {
    values.resize(static_cast<std::size_t>(file.find(name)->element_count()));
    copy_as_float(*file.find(name), values);
    change(name, values);
    return values;
  };
  return std::make_shared<const T5Engine>(spec, weights, MatrixPrecision::kHighest);
}

ScoreResult first_step(EngineScorer& scorer, const std::vector<std::int32_t>& source,
                       const std::vector<std::vector<TokenId>>& lists, std::int32_t top) {
  std::vector<std::uint32_t> offsets;
  std::vector<TokenId> allowed;
  if (!lists.empty()) offsets.push_back(0);
  for (const auto& list : lists) {
    allowed.insert(allowed.end(), list.begin(), list.end());
    offsets.push_back(static_cast<std::uint32_t>(allowed.size()));
  }
  ScoreResult result;
  scorer.score(
      {.source = source, .parent = {}, .last_token = {}, .allowed_offsets = offsets, .allowed = allowed, .top = top},
      result);
  return result;
}

std::vector<TokenId> random_list(std::size_t count, std::int64_t vocab, std::mt19937& generator) {
  std::vector<TokenId> tokens(static_cast<std::size_t>(vocab));
  std::iota(tokens.begin(), tokens.end(), 0);
  std::shuffle(tokens.begin(), tokens.end(), generator);
  tokens.resize(count);
  std::sort(tokens.begin(), tokens.end());
  return tokens;
}

class RankingTest : public testing::Test {
 protected:
  // Every row's result equals that of the same row alone with its list written out.
  void expect_ranked(const std::vector<std::vector<TokenId>>& lists, std::int32_t top) {
    std::vector<std::int32_t> source(lists.size());
    for (std::size_t row = 0; row < source.size(); ++row) source[row] = static_cast<std::int32_t>(row % 3);
    const ScoreResult result = first_step(*scorer_, source, lists, top);
    ASSERT_EQ(result.offsets.size(), lists.size() + 1);
    for (std::size_t row = 0; row < lists.size(); ++row) {
      // Log-probabilities over all tokens are logits except for a constant.
      const ScoreResult all = first_step(*scorer_, {source[row]}, {}, static_cast<std::int32_t>(kVocab));
      std::vector<float> logits(kVocab);
      for (const Continuation& each : all.values) logits[static_cast<std::size_t>(each.token)] = each.log_probability;
      const std::vector<Continuation> wanted = best_of(logits, lists[row], static_cast<std::size_t>(top));
      ASSERT_EQ(result.offsets[row + 1] - result.offsets[row], wanted.size()) << row;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        const Continuation& got = result.values[result.offsets[row] + i];
        EXPECT_EQ(got.token, wanted[i].token) << row;
        EXPECT_NEAR(got.log_probability, wanted[i].log_probability, 1e-4) << row;
      }
    }
  }

  static constexpr std::size_t kVocab = 1500;
  std::shared_ptr<const T5Engine> engine_ = engine_of(nano(kVocab), [](const auto&, auto&) {});
  std::unique_ptr<EngineScorer> scorer_ = std::make_unique<EngineScorer>(
      engine_, std::make_shared<EngineWorkspace>(2), random_batch({{14, 0}, {6, 0}, {9, 0}}, 52, kVocab));
  std::mt19937 generator_{53};
};

TEST_F(RankingTest, ShortListsOfTheirOwn) {
  std::vector<std::vector<TokenId>> lists;
  for (std::size_t row = 0; row < 90; ++row) lists.push_back(random_list(row % 5, kVocab, generator_));
  expect_ranked(lists, 3);
}

TEST_F(RankingTest, ListsThatRowsShare) {
  const auto shared = random_list(200, kVocab, generator_), other = random_list(200, kVocab, generator_);
  std::vector<std::vector<TokenId>> lists(70, shared);
  lists.resize(79, other);
  lists.resize(82, random_list(40, kVocab, generator_));
  lists.resize(90, random_list(33, kVocab, generator_));
  expect_ranked(lists, 7);
}

TEST_F(RankingTest, ListsOfNearlyEverything) {
  std::vector<std::vector<TokenId>> lists;
  for (std::size_t row = 0; row < 9; ++row) lists.push_back(random_list(900 + row, kVocab, generator_));
  lists.push_back({});
  lists.push_back({7});
  expect_ranked(lists, 21);
}

TEST_F(RankingTest, FewRowsWithLongLists) {
  expect_ranked({random_list(1400, kVocab, generator_), random_list(1400, kVocab, generator_)}, 1600);
}

TEST_F(RankingTest, FreeTextOfManyRowsIsThatOfOne) {
  std::vector<std::int32_t> source(70);
  for (std::size_t row = 0; row < source.size(); ++row) source[row] = static_cast<std::int32_t>(row % 3);
  const ScoreResult many = first_step(*scorer_, source, {}, 5);
  for (std::size_t row = 0; row < source.size(); ++row) {
    const ScoreResult one = first_step(*scorer_, {source[row]}, {}, 5);
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(many.values[row * 5 + i].token, one.values[i].token) << row;
      EXPECT_NEAR(many.values[row * 5 + i].log_probability, one.values[i].log_probability, 1e-5) << row;
    }
  }
}

TEST_F(RankingTest, NothingWantedIsNothingGiven) {
  EXPECT_EQ(first_step(*scorer_, {0, 1}, {}, 0).offsets, (std::vector<std::uint32_t>{0, 0, 0}));
  EXPECT_EQ(first_step(*scorer_, {0, 1}, {}, -3).offsets, (std::vector<std::uint32_t>{0, 0, 0}));
  EXPECT_EQ(first_step(*scorer_, {0, 1}, {{}, {}}, 4).offsets, (std::vector<std::uint32_t>{0, 0, 0}));
  EXPECT_EQ(first_step(*scorer_, {0, 1}, {{}, {5, 9}}, 1).values.size(), 1U);
}

TEST(EngineScorer, EqualScoresAreOrderedByToken) {
  const auto engine = engine_of(nano(), [](const std::string& name, std::vector<float>& values) {
    if (name == "decoder.final_layer_norm.weight") std::fill(values.begin(), values.end(), 0.0f);
  });
  EngineScorer scorer(engine, std::make_shared<EngineWorkspace>(1), random_batch({{5, 0}, {5, 0}}, 54));
  const ScoreResult all = first_step(scorer, {0, 1}, {}, 6);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(all.values[i].token, static_cast<TokenId>(i % 6));
  const ScoreResult some = first_step(scorer, {0, 1}, {{4, 9, 17, 30, 41}, {8, 90}}, 3);
  const std::vector<TokenId> wanted = {4, 9, 17, 8, 90};
  ASSERT_EQ(some.values.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(some.values[i].token, wanted[i]);
}

TEST(EngineScorer, WhatIsNotANumberIsTheModelsFault) {
  for (const char* broken :
       {"decoder.final_layer_norm.weight", "shared.weight", "decoder.block.1.layer.1.EncDecAttention.o.weight",
        "encoder.block.0.layer.0.SelfAttention.v.weight"}) {
    const auto engine = engine_of(nano(), [&](const std::string& name, std::vector<float>& values) {
      if (name == broken) values.assign(values.size(), std::numeric_limits<float>::quiet_NaN());
    });
    EngineScorer scorer(engine, std::make_shared<EngineWorkspace>(2), random_batch({{5, 0}, {5, 0}}, 55));
    for (const bool listed : {false, true}) {
      try {
        first_step(scorer, {0, 1},
                   listed ? std::vector<std::vector<TokenId>>{{3}, {4, 5}} : std::vector<std::vector<TokenId>>(), 2);
        ADD_FAILURE() << broken;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kCorrupted) << error.what();
        EXPECT_EQ(error.subject(), ErrorSubject::kModel);
      }
    }
  }
}

TEST(EngineScorer, RefusesRequestsThatBreakTheContract) {
  const auto model = random_model(nano(), 41);
  const std::unique_ptr<NextTokenScorer> scorer = model->start(random_batch({{5, 0}, {4, 0}}, 42));
  const std::vector<std::int32_t> both = {0, 1}, strange = {0, 2}, below = {-1, 0}, crossed = {1, 0}, far = {0, 2};
  const std::vector<TokenId> last = {5, 96}, fine = {5, 6}, few = {5};
  const std::vector<std::uint32_t> offsets = {0, 1, 3}, falling = {0, 3, 1}, late = {1, 1, 3}, short_offsets = {0, 3};
  const std::vector<TokenId> allowed = {3, 4, 5}, outside = {3, 4, 96};
  ScoreResult result;
  const auto refused = [&](const ScoreRequest& request) {
    try {
      scorer->score(request, result);
    } catch (const Error& error) {
      return error.code() == ErrorCode::kInternal;
    }
    return false;
  };
  const ScoreRequest first{
      .source = both, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}, .top = 1};
  const auto with = [&](auto change) {
    ScoreRequest request = first;
    change(request);
    return request;
  };
  // Nothing to continue before the first step.
  const ScoreRequest next = with([&](auto& r) { r.parent = both, r.last_token = fine; });
  EXPECT_TRUE(refused(next));
  EXPECT_TRUE(refused(with([&](auto& r) { r.source = strange; })));
  EXPECT_TRUE(refused(with([&](auto& r) { r.source = below; })));
  EXPECT_TRUE(refused(with([&](auto& r) { r.last_token = fine; })));
  EXPECT_FALSE(refused(first));
  EXPECT_TRUE(refused(with([&](auto& r) { r.parent = crossed, r.last_token = fine; })));
  EXPECT_TRUE(refused(with([&](auto& r) { r.parent = far, r.last_token = fine; })));
  EXPECT_TRUE(refused(with([&](auto& r) { r.parent = both, r.last_token = last; })));
  EXPECT_TRUE(refused(with([&](auto& r) { r.parent = both, r.last_token = few; })));
  EXPECT_FALSE(refused(next));
  const auto listed = [&](std::span<const std::uint32_t> rows, std::span<const TokenId> tokens) {
    return with([&](auto& r) { r.allowed_offsets = rows, r.allowed = tokens; });
  };
  EXPECT_FALSE(refused(listed(offsets, allowed)));
  EXPECT_TRUE(refused(listed(falling, allowed)));
  EXPECT_TRUE(refused(listed(late, allowed)));
  EXPECT_TRUE(refused(listed(short_offsets, allowed)));
  EXPECT_TRUE(refused(listed({}, allowed)));
  EXPECT_TRUE(refused(listed(offsets, outside)));
}

}  // namespace
}  // namespace p5
