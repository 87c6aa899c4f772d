#include "encoders/encoder_batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "encoders/mixed_batches.h"
#include "retrieval/item_knn_source.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using Histories = std::vector<std::vector<ItemId>>;

// Appends a validation and a test item, which must not be seen.
std::shared_ptr<const Split> split_of(Histories histories, std::size_t items) {
  for (auto& history : histories)
    history.insert(history.end(), {static_cast<ItemId>(items), static_cast<ItemId>(items)});
  return std::make_shared<const Split>(split_leave_one_out(
      std::make_shared<test::FakeCorpus>(test::FakeData{.histories = std::move(histories), .items = items + 1})));
}

Histories random_histories(std::size_t users, std::size_t longest, std::size_t items) {
  Rng rng(3, "histories");
  Histories histories(users);
  for (auto& history : histories) {
    for (std::uint64_t count = 1 + rng.below(longest); count > 0; --count) {
      history.push_back(static_cast<ItemId>(rng.below(items)));
    }
  }
  return histories;
}

EncoderSpec spec_for(const Split& split, EncoderKind kind = EncoderKind::kSasRec) {
  EncoderOptions options;
  options.network = kind;
  options.history = 5;
  options.batch_targets = 20;
  return EncoderSpec::of(options, static_cast<std::int64_t>(split.corpus().item_count()));
}

// The rows of the network's own objective.
BatchInputs inputs_of(const Split& split, const EncoderSpec& spec) {
  return {.split = split, .spec = spec, .objective = objectives_of(spec.options).front()};
}

TEST(TrainingWindows, HoldEveryTargetOnce) {
  const auto split = split_of(random_histories(40, 23, 9), 9);
  std::map<std::pair<UserId, std::uint32_t>, int> seen;
  for (const TrainingWindow& window : training_windows(*split, TargetRule::kNext, 5)) {
    EXPECT_LE(window.size(), 6u);
    for (std::uint32_t target = window.begin + 1; target < window.end; ++target) ++seen[{window.user, target}];
  }
  std::size_t targets = 0;
  for (UserId user = 0; user < 40; ++user) targets += split->train_items(user).size() - 1;
  EXPECT_EQ(seen.size(), targets);
  for (const auto& [target, count] : seen) EXPECT_EQ(count, 1);
}

TEST(TrainingWindows, HoldEveryItemOnceForSets) {
  const auto split = split_of(random_histories(40, 23, 9), 9);
  std::size_t items = 0, expected = 0;
  for (const TrainingWindow& window : training_windows(*split, TargetRule::kSame, 5)) items += window.size();
  for (UserId user = 0; user < 40; ++user) expected += split->train_items(user).size();
  EXPECT_EQ(items, expected);
}

// The pairs (newest source item, target) of an epoch, as they are in the train parts.
TEST(EncoderBatches, AnEpochAsksForEachNextItem) {
  const auto split = split_of(random_histories(30, 12, 9), 9);
  const EncoderSpec spec = spec_for(*split);
  EncoderBatches batches(inputs_of(*split, spec));
  std::multiset<std::pair<TokenId, TokenId>> asked, expected;
  for (std::int64_t i = 0; i < batches.batches_per_epoch(); ++i) {
    const TokenBatch batch = batches.next();
    for (std::size_t at = 0; at < batch.source.size(); ++at) {
      EXPECT_EQ(batch.source_mask[at], batch.target_mask[at]);
      if (batch.target_mask[at] != 0) asked.insert({batch.source[at], batch.target[at]});
    }
  }
  for (UserId user = 0; user < 30; ++user) {
    const auto items = split->train_items(user);
    for (std::size_t i = 1; i < items.size(); ++i) {
      expected.insert({static_cast<TokenId>(items[i - 1]) + 1, static_cast<TokenId>(items[i]) + 1});
    }
  }
  EXPECT_EQ(asked, expected);
}

TEST(EncoderBatches, GoOnFromASavedPosition) {
  const auto split = split_of(random_histories(60, 9, 9), 9);
  const EncoderSpec spec = spec_for(*split);
  EncoderBatches whole(inputs_of(*split, spec));
  ASSERT_GT(whole.batches_per_epoch(), 3);
  for (std::int64_t i = 0; i < whole.batches_per_epoch() + 2; ++i) whole.next();
  EncoderBatches resumed(inputs_of(*split, spec));
  resumed.set_state(whole.state());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(whole.next().source, resumed.next().source);
  EXPECT_ANY_THROW(resumed.set_state("nowhere"));
}

TEST(EncoderBatches, MasksSomeItemsAndAsksForThoseAlone) {
  const auto split = split_of(random_histories(60, 9, 9), 9);
  const EncoderSpec spec = spec_for(*split, EncoderKind::kBert4Rec);
  EncoderBatches batches(inputs_of(*split, spec));
  const TokenBatch batch = batches.next();
  std::size_t masked = 0;
  for (std::size_t at = 0; at < batch.source.size(); ++at) {
    const bool mask = batch.source[at] == spec.mask_token();
    EXPECT_EQ(batch.target_mask[at] == 1, mask);
    EXPECT_EQ(batch.target[at] != kPadToken, mask);
    masked += mask ? 1 : 0;
  }
  EXPECT_GE(masked, static_cast<std::size_t>(batch.rows));
}

TEST(EncoderBatches, TellRatingsOfTargetsAndStepsOfTime) {
  test::FakeData data{.histories = {{0, 1, 2, 3, 3}}, .items = 4};
  data.ratings = {{1, 2, 3, 4, 5}};
  data.times = {{0, 30'000, 30'000 + 3 * 60'000, 30'000 + 4 * 60'000, 30'000 + 5 * 60'000}};
  const auto split = std::make_shared<const Split>(split_leave_one_out(std::make_shared<test::FakeCorpus>(data)));
  EncoderSpec spec = spec_for(*split);
  spec.options.objectives = {"rating-regression"};
  BatchInputs inputs = inputs_of(*split, spec);
  inputs.gaps = std::make_shared<const TimeGaps>(*split);
  EncoderBatches batches(inputs);
  bool told = false;
  for (int epoch = 0; epoch < 20; ++epoch) {
    const TokenBatch batch = batches.next();
    ASSERT_EQ(batch.source, (std::vector<TokenId>{1, 2}));
    EXPECT_EQ(batch.target_value, (std::vector<float>{2, 3}));
    told = told || batch.gap == std::vector<std::uint8_t>{0, 1};
    EXPECT_TRUE(batch.gap == (std::vector<std::uint8_t>{0, 1}) || batch.gap == (std::vector<std::uint8_t>{0, 0}));
  }
  EXPECT_TRUE(told);
}

// Train items are 0, 1, 2 with 1, 2, 3 of 5 stars: rewards 0, 1/4, 1/2. With a discount of 0.8 the event of item 1 and
// what comes after it earn 1/4 + 0.8/2.
TEST(EncoderBatches, TellRewardsAndReturnsOfTargets) {
  test::FakeData data{.histories = {{0, 1, 2, 3, 3}}, .items = 4};
  data.ratings = {{1, 2, 3, 4, 5}};
  data.rating_scale = RatingScale(1, 5, 1);
  const auto split = std::make_shared<const Split>(split_leave_one_out(std::make_shared<test::FakeCorpus>(data)));
  const auto told = [&](const char* objective, std::vector<std::string> rewards) {
    EncoderSpec spec = spec_for(*split);
    spec.options.objectives = {objective};
    spec.options.rewards = std::move(rewards);
    return EncoderBatches(inputs_of(*split, spec)).next().target_value;
  };
  EXPECT_EQ(told("q-learning", {}), (std::vector<float>{0.25f, 0.5f}));
  EXPECT_EQ(told("reinforce", {}), (std::vector<float>{0.65f, 0.5f}));
  EXPECT_EQ(told("reinforce", {"=2"}), (std::vector<float>{3.6f, 2.0f})) << "events of the type '' earn 2";
  EXPECT_ANY_THROW(told("reinforce", {"purchase"}));
}

TEST(MixedBatches, TakeTurnsAndGoOnFromASavedPosition) {
  const auto split = split_of(random_histories(60, 9, 9), 9);
  EncoderSpec spec = spec_for(*split);
  spec.options.objectives = {"next-item=2", "contrastive=0.5"};
  const auto make = [&] {
    std::vector<std::unique_ptr<EncoderBatches>> parts;
    for (const WeightedObjective& objective : objectives_of(spec.options)) {
      parts.push_back(std::make_unique<EncoderBatches>(BatchInputs{
          .split = *split, .spec = spec, .objective = objective, .number = static_cast<std::uint8_t>(parts.size())}));
    }
    return MixedBatches(std::move(parts));
  };
  MixedBatches whole = make(), resumed = make();
  EXPECT_EQ(whole.family_names(), (std::vector<std::string>{"next-item", "contrastive"}));
  for (int i = 0; i < 3; ++i) {
    const TokenBatch batch = whole.next();
    EXPECT_EQ(batch.objective, i % 2);
    EXPECT_EQ(batch.family.front(), i % 2);
    EXPECT_EQ(batch.row_weight.front(), i % 2 == 0 ? 2.0f : 0.5f);
  }
  resumed.set_state(whole.state());
  for (int i = 0; i < 40; ++i) EXPECT_EQ(whole.next().source, resumed.next().source);
  EXPECT_ANY_THROW(resumed.set_state("7\n0 0\n0 0"));
  EXPECT_ANY_THROW(resumed.set_state("0\n0 0"));
}

// Evidence of a position is that of the whole prefix, without the user's own pairs.
TEST(EncoderBatches, KnowsWhatTheOtherUsersTell) {
  const auto split = split_of({{0, 1, 2, 3}, {0, 1, 2}, {4, 2, 3}, {1, 3}}, 5);
  const EncoderSpec spec = spec_for(*split);
  auto counts = std::make_shared<ItemKnnSource>(*split, ItemKnnOptions{}, 1);
  counts->remember_users(split);
  const auto evidence = std::make_shared<const HistoryEvidence>(
      std::make_shared<const NeighborEvidence>(counts, EvidenceOptions{}, true), 3, 6);
  BatchInputs inputs = inputs_of(*split, spec);
  inputs.evidence = evidence;
  inputs.threads = 2;
  EncoderBatches batches(inputs);
  std::size_t rows = 0;
  for (std::int64_t i = 0; i < batches.batches_per_epoch(); ++i) {
    const TokenBatch batch = batches.next();
    const auto length = static_cast<std::size_t>(batch.source_length);
    ASSERT_EQ(batch.evidence.offsets.size(), batch.source.size() + 1);
    for (std::size_t row = 0; row < static_cast<std::size_t>(batch.rows); ++row, ++rows) {
      if (batch.source[row * length] != 1 || batch.target[row * length + 2] != 4) continue;  // user 0
      const std::vector<ItemId> history{0, 1, 2};
      const std::vector<KnownToken> expected = evidence->of(history, 0);
      const auto known = batch.evidence.at(row * length + 2);
      ASSERT_EQ(known.size(), expected.size());
      for (std::size_t j = 0; j < known.size(); ++j) {
        EXPECT_EQ(known[j].token, expected[j].token);
        EXPECT_EQ(known[j].share, expected[j].share);
        EXPECT_EQ(known[j].age, expected[j].age);
      }
    }
  }
  EXPECT_EQ(rows, 4u);
}

// Rows of a batch by the tokens that are read and asked for.
std::multiset<std::vector<TokenId>> rows_of(const TokenBatch& batch) {
  std::multiset<std::vector<TokenId>> rows;
  const auto length = static_cast<std::size_t>(batch.source_length);
  for (std::size_t row = 0; row < static_cast<std::size_t>(batch.rows); ++row) {
    std::vector<TokenId> tokens;
    for (std::size_t i = row * length; i < (row + 1) * length; ++i) {
      if (batch.source_mask[i] != 0) tokens.insert(tokens.end(), {batch.source[i], batch.target[i]});
    }
    rows.insert(tokens);
  }
  return rows;
}

TEST(EncoderBatches, OfSeveralProcessesArePartsOfEachBatch) {
  const auto split = split_of(random_histories(40, 23, 9), 9);
  for (const EncoderKind kind : {EncoderKind::kSasRec, EncoderKind::kBert4Rec}) {
    const EncoderSpec spec = spec_for(*split, kind);
    EncoderBatches whole(inputs_of(*split, spec));
    std::vector<std::unique_ptr<EncoderBatches>> parts;
    for (std::int64_t rank = 0; rank < 3; ++rank) {
      BatchInputs inputs = inputs_of(*split, spec);
      inputs.world = {.rank = rank, .size = 3};
      parts.push_back(std::make_unique<EncoderBatches>(inputs));
    }
    for (std::int64_t i = 0; i < 2 * whole.batches_per_epoch(); ++i) {
      const TokenBatch all = whole.next();
      const auto targets = std::count(all.target_mask.begin(), all.target_mask.end(), 1);
      std::multiset<std::vector<TokenId>> rows;
      for (const auto& part : parts) {
        const TokenBatch own = part->next();
        EXPECT_EQ(own.draw_seed, all.draw_seed);
        EXPECT_NE(own.draw_seed, 0u);
        const auto kept = std::count(own.target_mask.begin(), own.target_mask.end(), 1);
        const float weight = own.row_weight.front();
        if (weight == 0) continue;  // a row of another process, where the batch has too few
        EXPECT_NEAR(weight, static_cast<double>(kept) / static_cast<double>(targets), 1e-6);
        rows.merge(rows_of(own));
      }
      EXPECT_EQ(rows, rows_of(all));
    }
  }
}

TEST(EncoderBatches, AProcessWithoutARowWeighsNothing) {
  const auto split = split_of({{1, 2, 3}, {4, 5, 6}}, 9);
  EncoderOptions options;
  options.history = 5;
  options.batch_targets = 2;  // a row each
  const EncoderSpec spec = EncoderSpec::of(options, 10);
  BatchInputs inputs = inputs_of(*split, spec);
  inputs.world = {.rank = 1, .size = 2};
  EncoderBatches batches(inputs);
  const TokenBatch batch = batches.next();
  EXPECT_EQ(batch.rows, 1);
  EXPECT_EQ(batch.row_weight.front(), 0.0f);
}

}  // namespace
}  // namespace p5
