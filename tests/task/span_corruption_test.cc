// T5's rule of span corruption, by its counts and on cases that can be worked out by hand; and the samplers that use
// it.
#include "task/span_corruption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace p5 {
namespace {

RenderedText units_of(std::size_t count) {
  RenderedText units;
  for (std::uint32_t i = 0; i < count; ++i) units.push_back({.kind = Mention::Kind::kItem, .id = i});
  return units;
}

std::size_t span_count(const std::vector<bool>& mask) {
  std::size_t spans = 0;
  for (std::size_t i = 0; i < mask.size(); ++i) spans += mask[i] && (i == 0 || !mask[i - 1]);
  return spans;
}

// Units left out and spans as the published code counts them, for lengths of T5's test and small ones.
TEST(NoiseMaskTest, LeavesOutAsMuchAsTheRuleSays) {
  struct Expected {
    std::size_t length, noise, spans;
  };
  for (const auto& [length, noise, spans] : std::vector<Expected>{
           {2, 1, 1}, {3, 1, 1}, {10, 2, 1}, {20, 3, 1}, {30, 5, 2}, {100, 15, 5}, {512, 77, 26}, {568, 85, 28}}) {
    std::set<std::vector<bool>> seen;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      Rng rng(seed, "test");
      const std::vector<bool> mask = noise_mask(length, {}, rng);
      ASSERT_EQ(mask.size(), length);
      EXPECT_EQ(static_cast<std::size_t>(std::count(mask.begin(), mask.end(), true)), noise) << length;
      EXPECT_EQ(span_count(mask), spans) << length;
      EXPECT_FALSE(mask.front());
      EXPECT_TRUE(mask.back());
      seen.insert(mask);
    }
    if (spans > 1) {
      EXPECT_GT(seen.size(), 10U) << length;
    }
  }
}

// Two noise units in two spans of 4: kept parts 1+1, so that the mask has one form; and segmentations are uniform.
TEST(NoiseMaskTest, SegmentationsAreUniform) {
  Rng only(1, "test");
  EXPECT_EQ(noise_mask(4, {.density = 0.5, .mean_length = 1}, only), (std::vector<bool>{false, true, false, true}));
  // 4 kept units in 2 segments: 1+3, 2+2 or 3+1, each a third of the draws.
  std::vector<int> counts(4, 0);
  Rng rng(5, "test");
  for (int i = 0; i < 3000; ++i) {
    const std::vector<bool> mask = noise_mask(6, {.density = 1.0 / 3, .mean_length = 1}, rng);
    ++counts[static_cast<std::size_t>(std::find(mask.begin(), mask.end(), true) - mask.begin())];
  }
  for (const int first : {1, 2, 3}) EXPECT_NEAR(counts[static_cast<std::size_t>(first)], 1000, 120);
}

TEST(CorruptSpansTest, SourceAndTargetTogetherAreTheSequence) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Rng rng(seed, "test");
    const std::size_t length = 2 + seed;
    const TaskExample example = corrupt_spans(units_of(length), {.text = ", "}, {}, rng);
    // Put each span of the target back where its sentinel stands in the source.
    std::vector<std::vector<std::uint32_t>> spans;
    for (const Mention& mention : example.target) {
      if (mention.kind == Mention::Kind::kSentinel) {
        EXPECT_EQ(mention.id, spans.size());
        spans.emplace_back();
      } else if (mention.kind == Mention::Kind::kItem) {
        spans.back().push_back(mention.id);
      }
    }
    std::vector<std::uint32_t> restored;
    for (const Mention& mention : example.source) {
      if (mention.kind == Mention::Kind::kItem) restored.push_back(mention.id);
      if (mention.kind != Mention::Kind::kSentinel) continue;
      ASSERT_LT(mention.id, spans.size());
      restored.insert(restored.end(), spans[mention.id].begin(), spans[mention.id].end());
    }
    ASSERT_EQ(restored.size(), length);
    for (std::uint32_t i = 0; i < length; ++i) EXPECT_EQ(restored[i], i);
  }
}

TEST(CorruptSpansTest, ReadsAsT5WritesIt) {
  Rng rng(1, "test");
  const RenderedText words = {{.text = "a"}, {.text = "b"}, {.text = "c"}, {.text = "d"}};
  const TaskExample example = corrupt_spans(words, {.text = " "}, {.density = 0.5, .mean_length = 1}, rng);
  const auto nobody = [](std::uint32_t) { return std::string(); };
  EXPECT_EQ(to_text(example.source, nobody), "a <extra_id_0> c <extra_id_1>");
  EXPECT_EQ(to_text(example.target, nobody), "<extra_id_0> b <extra_id_1> d");
}

}  // namespace
}  // namespace p5
