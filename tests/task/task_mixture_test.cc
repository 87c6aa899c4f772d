#include "task/task_mixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "p5/error.h"
#include "task/permutation.h"
#include "task/task_families.h"
#include "task/task_world.h"
#include "task/text_world.h"

namespace p5 {
namespace {

using ::testing::ElementsAre;

TEST(Permutation, TakesEveryPlaceOnceWhateverTheSize) {
  for (const std::uint64_t size : {1u, 2u, 3u, 4u, 5u, 16u, 17u, 1000u, 4097u}) {
    const Permutation order(size, 3);
    std::vector<bool> seen(size);
    for (std::uint64_t i = 0; i < size; ++i) {
      const std::uint64_t place = order(i);
      ASSERT_LT(place, size);
      ASSERT_FALSE(seen[place]);
      seen[place] = true;
    }
  }
}

TEST(Permutation, IsUniformOverSeeds) {
  constexpr std::uint64_t kSize = 10;
  constexpr std::size_t kDraws = 5000;
  std::size_t counts[kSize][kSize] = {};
  for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
    const Permutation order(kSize, seed);
    for (std::uint64_t i = 0; i < kSize; ++i) ++counts[i][order(i)];
  }
  for (std::uint64_t i = 0; i < kSize; ++i) {
    for (std::uint64_t k = 0; k < kSize; ++k) {
      EXPECT_TRUE(test::fits_share(counts[i][k], kDraws, 0.1)) << i << " " << k << " " << counts[i][k];
    }
  }
}

// Answers with the index, so that draws can be counted. Knows nothing of prompts.
class CountingSampler final : public TrainingSampler {
 public:
  CountingSampler(std::string family, std::size_t size) : family_(std::move(family)), size_(size) {}
  const std::string& family() const override { return family_; }
  std::size_t size() const override { return size_; }
  TaskExample sample(std::size_t index, Rng& rng) const override {
    return {
        .source = {{.text = std::to_string(index)}}, .target = {{.text = std::to_string(rng.next())}}, .prompt_id = ""};
  }

 private:
  std::string family_;
  std::size_t size_;
};

std::vector<MixtureFamily> counting() {
  return {{std::make_shared<CountingSampler>("a", 7), 1},
          {std::make_shared<CountingSampler>("off", 9), 0},
          {std::make_shared<CountingSampler>("b", 3), 4},
          {std::make_shared<CountingSampler>("empty", 0), 2}};
}

TEST(TaskMixture, AnEpochTakesEveryIndexAsOftenAsItsFamilySays) {
  const TaskMixture mixture(counting(), 5);
  EXPECT_EQ(mixture.epoch_size(), 7u + 3u * 4u);
  EXPECT_THAT(mixture.family_names(), ElementsAre("a", "b"));
  for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
    std::map<std::string, int> seen;
    for (std::uint64_t i = 0; i < mixture.epoch_size(); ++i) {
      const auto draw = mixture.draw(epoch * mixture.epoch_size() + i);
      ++seen[mixture.family_names().at(static_cast<std::size_t>(draw.family)) + draw.example.source[0].text];
    }
    EXPECT_EQ(seen.size(), 10u);
    for (const auto& [index, count] : seen) EXPECT_EQ(count, index[0] == 'a' ? 1 : 4) << index;
  }
}

std::string stream_text(const TaskMixture& mixture, std::uint64_t begin, std::uint64_t count) {
  std::string text;
  for (std::uint64_t i = begin; i < begin + count; ++i) {
    const auto draw = mixture.draw(i);
    text += test::words_of(draw.example.source) + "|" + test::words_of(draw.example.target) + "\n";
  }
  return text;
}

TEST(TaskMixture, IsTheSameForTheSameSeedAndGoesOnChangingBetweenEpochs) {
  const TaskMixture one(counting(), 5), same(counting(), 5);
  EXPECT_EQ(stream_text(one, 0, 60), stream_text(same, 0, 60));
  EXPECT_NE(stream_text(one, 0, 19), stream_text(one, 19, 19));
  EXPECT_EQ(one.fingerprint(), same.fingerprint());
}

TEST(TaskMixture, Pitfall23StreamsOfDifferentSeedsDiffer) {
  const auto data = test::make_data();
  const auto families = make_task_families(data, {});
  const TaskMixture one(families, 1), two(families, 2);
  EXPECT_NE(one.fingerprint(), two.fingerprint());
  std::size_t equal = 0;
  for (std::uint64_t i = 0; i < 500; ++i) {
    equal += one.draw(i).example.source == two.draw(i).example.source ? 1 : 0;
  }
  EXPECT_LT(equal, 10u);
}

TEST(TaskMixture, FollowsTheOptionsOfEachFamily) {
  const auto data = test::make_data();
  const std::size_t reviews = data.reviews->count(Part::kTrain);
  const TaskMixture all(make_task_families(data, {}), 1);
  EXPECT_THAT(all.family_names(), ElementsAre("rating", "sequential", "direct"));
  EXPECT_EQ(all.epoch_size(), reviews + 40 * 20 + 40 * 15);
  const TaskMixture one(make_task_families(data, {.rating_samples = 0, .sequential_samples = 2, .direct_samples = 0}),
                        1);
  EXPECT_THAT(one.family_names(), ElementsAre("sequential"));
  EXPECT_EQ(one.epoch_size(), 80u);
}

TEST(TaskMixture, HoldsAllFiveFamiliesAndThoseOfOnesOwn) {
  auto data = test::text_data();
  const TaskMixture five(make_task_families(data, {.explanation_samples = 1, .review_samples = 2}), 1);
  EXPECT_THAT(five.family_names(), ElementsAre("rating", "sequential", "explanation", "review", "direct"));
  EXPECT_FALSE(needs_explanations(*data.prompts, {}));
  EXPECT_TRUE(needs_explanations(*data.prompts, {.explanation_samples = 1}));

  data.prompts = std::make_shared<const PromptLibrary>(
      PromptLibrary::parse("family = \"aspect\"\nmetric = \"fmr\"\n[[prompt]]\nid = \"a\"\nsource = \"{user} {item}\"\n"
                           "target = \"{feature}\"\n",
                           "own.toml"));
  const TaskOptions only_own{.rating_samples = 0, .sequential_samples = 0, .direct_samples = 0, .custom_samples = 3};
  const TaskMixture own(make_task_families(data, only_own), 1);
  EXPECT_THAT(own.family_names(), ElementsAre("aspect"));
  EXPECT_EQ(own.epoch_size() % 3, 0u);
  EXPECT_TRUE(needs_explanations(*data.prompts, only_own));
}

TEST(TaskMixture, SharesDrawADifferentPartInEveryEpoch) {
  const TaskMixture half(
      {{std::make_shared<CountingSampler>("a", 100), 2, 0.25}, {std::make_shared<CountingSampler>("b", 7), 1}}, 3);
  ASSERT_EQ(half.epoch_size(), 57u);
  std::map<std::uint64_t, std::map<std::string, int>> epochs;
  std::map<std::string, int> all;
  for (std::uint64_t i = 0; i < 57 * 40; ++i) {
    const auto draw = half.draw(i);
    const std::string text = std::to_string(draw.family) + " " + test::words_of(draw.example.source);
    ++all[text];
    ++epochs[i / 57][text];
  }
  EXPECT_EQ(all.size(), 107u);  // every index of both is drawn in time
  EXPECT_NE(epochs[0], epochs[1]);
  for (const auto& [text, count] : epochs[0]) EXPECT_LE(count, text[0] == '0' ? 2 : 1) << text;
  const TaskMixture twice({{std::make_shared<CountingSampler>("a", 10), 1, 2.0}}, 3);
  std::map<std::string, int> seen;
  for (std::uint64_t i = 0; i < twice.epoch_size(); ++i) ++seen[test::words_of(twice.draw(i).example.source)];
  EXPECT_EQ(twice.epoch_size(), 20u);
  for (const auto& [text, count] : seen) EXPECT_EQ(count, 2) << text;
}

TEST(TaskMixture, WeightsReachTheRows) {
  const auto data = test::text_data();
  const TaskMixture mixture(make_task_families(data, {.sequential_samples = 1, .weights = {"rating=0.5"}}), 1);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const auto draw = mixture.draw(i);
    EXPECT_EQ(draw.weight, mixture.family_names()[static_cast<std::size_t>(draw.family)] == "rating" ? 0.5f : 1.0f);
  }
  EXPECT_NE(mixture.fingerprint(), TaskMixture(make_task_families(data, {.sequential_samples = 1}), 1).fingerprint());
}

TEST(TaskOptions, NumbersOfFamiliesAreChecked) {
  const std::vector<std::string> families = {"rating", "review"};
  EXPECT_THAT(family_numbers({"review=0.25"}, families, "k"), ElementsAre(1, 0.25));
  for (const char* bad :
       {"revew=1", "review", "review=", "review=x", "review=0", "review=-1", "review=1e9", "review=nan", "=1", ""}) {
    EXPECT_THROW(family_numbers({bad}, families, "task.shares"), Error) << bad;
  }
  EXPECT_THROW(family_numbers({"review=1", "review=2"}, families, "task.shares"), Error);
}

TEST(TaskMixture, SaysSoWhenThereIsNothingToTrainOn) {
  EXPECT_THROW(TaskMixture({}, 1), Error);
  EXPECT_THROW(TaskMixture({{std::make_shared<CountingSampler>("a", 0), 3}}, 1), Error);
}

TEST(TaskOptions, AreBoundByName) {
  TaskOptions options;
  OptionTable table;
  options.bind(table);
  table.set("task.sequential_targets", "last3", "test");
  table.set("task.prompts", "[\"2-3\", \"5-5\"]", "test");
  table.set("task.direct_samples", "0", "test");
  EXPECT_EQ(options.sequential_targets, SequentialTargets::kLastThree);
  EXPECT_THAT(options.prompts, ElementsAre("2-3", "5-5"));
  EXPECT_EQ(options.direct_samples, 0);
  EXPECT_THROW(table.set("task.max_history", "0", "test"), Error);
}

}  // namespace
}  // namespace p5
