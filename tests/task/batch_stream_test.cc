#include "task/batch_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "p5/error.h"
#include "task/task_families.h"
#include "task/task_world.h"

namespace p5 {
namespace {

using ::testing::HasSubstr;

std::string text_of(const TokenBatch& batch) {
  std::string text = std::to_string(batch.rows) + ":";
  for (const TokenId token : batch.source) text += std::to_string(token) + " ";
  for (const std::int32_t word : batch.whole_word) text += std::to_string(word) + " ";
  for (const TokenId token : batch.target) text += std::to_string(token) + " ";
  for (const std::int16_t family : batch.family) text += std::to_string(family) + " ";
  return text;
}

BatchStream stream(std::uint64_t seed = 3, BatchStreamOptions options = {.batch_tokens = 2048, .window_batches = 10},
                   TaskOptions tasks = {.candidates = 10}) {
  static const TaskData data = test::make_data();
  auto mixture = std::make_shared<const TaskMixture>(make_task_families(data, tasks), seed);
  return {mixture, test::make_tokenizer(60), nullptr, options};
}

TEST(BatchStream, IsDeterministicAndDiffersBySeed) {
  auto one = stream(3), same = stream(3), other = stream(4);
  bool differs = false;
  for (int i = 0; i < 25; ++i) {
    const std::string text = text_of(one.next());
    EXPECT_EQ(text, text_of(same.next()));
    differs = differs || text != text_of(other.next());
  }
  EXPECT_TRUE(differs);
}

TEST(BatchStream, BatchesDoNotDependOnTheNumberOfThreads) {
  auto one = stream(3);
  for (const std::int64_t threads : {2, 5, 0}) {
    auto several = stream(3, {.batch_tokens = 2048, .window_batches = 10, .threads = threads});
    EXPECT_EQ(several.batches_per_epoch(), one.batches_per_epoch());
    one.set_state(several.state());
    for (int i = 0; i < 25; ++i) EXPECT_EQ(text_of(several.next()), text_of(one.next()));
  }
}

TEST(BatchStream, ContinuesFromItsStateWithTheVeryNextBatch) {
  auto whole = stream();
  std::vector<std::string> states, texts;
  for (int i = 0; i < 30; ++i) {
    states.push_back(whole.state());
    texts.push_back(text_of(whole.next()));
  }
  for (const std::size_t start : {0u, 1u, 7u, 10u, 11u, 19u, 29u}) {
    auto restored = stream();
    for (int i = 0; i < 3; ++i) restored.next();  // whatever its position was
    restored.set_state(states[start]);
    EXPECT_EQ(restored.state(), states[start]);
    for (std::size_t i = start; i < texts.size(); ++i)
      ASSERT_EQ(text_of(restored.next()), texts[i]) << start << " " << i;
  }
}

TEST(BatchStream, RefusesStatesThatAreDamagedOrOfAnotherStream) {
  auto mine = stream();
  const std::string good = mine.state();
  const auto message = [&](const std::string& state) -> std::string {
    try {
      mine.set_state(state);
    } catch (const Error& error) {
      EXPECT_EQ(exit_code_of(error), 4);
      return error.what();
    }
    return "accepted";
  };
  const std::string hash = good.substr(0, good.find(' ', 14));
  for (const std::string& bad :
       {std::string(), std::string("x"), good.substr(0, good.size() - 4), good + " 1", hash + " 0 99999",
        hash + " 0 -1", hash + " 99999999999999999999999 0", hash + " 2305843009213693952 0"}) {
    EXPECT_THAT(message(bad), HasSubstr("damaged")) << bad;
  }
  EXPECT_THAT(message(stream(4).state()), HasSubstr("another run"));
  EXPECT_THAT(message(stream(3, {.batch_tokens = 1024, .window_batches = 10}).state()), HasSubstr("another run"));
  EXPECT_THAT(message(stream(3, {.batch_tokens = 2048, .window_batches = 10}, {.candidates = 11}).state()),
              HasSubstr("another run"));
  EXPECT_EQ(message(good), "accepted");
}

TEST(BatchStream, WastesLittleOnPaddingAndKeepsTheBudget) {
  auto batches = stream(3, {.batch_tokens = 4096, .window_batches = 50});
  std::int64_t kept = 0, padded = 0;
  for (int i = 0; i < 50; ++i) {
    const TokenBatch batch = batches.next();
    const std::int64_t sources = std::int64_t{batch.rows} * batch.source_length;
    const std::int64_t targets = std::accumulate(batch.target_mask.begin(), batch.target_mask.end(), std::int64_t{0});
    EXPECT_LE(sources + targets, 4096);
    kept += batch.token_count();
    padded += sources + targets;
    EXPECT_LT(*std::max_element(batch.whole_word.begin(), batch.whole_word.end()), 512);
  }
  EXPECT_LT(static_cast<double>(padded - kept) / static_cast<double>(padded), 0.05) << "of sources";
}

TEST(BatchStream, PlansAboutAsManyBatchesAsAnEpochTakes) {
  auto batches = stream();
  static const TaskData data = test::make_data();
  const std::uint64_t examples = TaskMixture(make_task_families(data, {.candidates = 10}), 3).epoch_size();
  std::uint64_t rows = 0;
  std::int64_t steps = 0;
  for (; rows < examples; ++steps) rows += static_cast<std::uint64_t>(batches.next().rows);
  EXPECT_NEAR(static_cast<double>(batches.batches_per_epoch()), static_cast<double>(steps), 0.15 * steps);
}

}  // namespace
}  // namespace p5
