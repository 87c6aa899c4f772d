#include "recommend/prompt_choice.h"

#include <gtest/gtest.h>

#include "base/resource.h"
#include "p5/error.h"

namespace p5 {
namespace {

const PromptLibrary& shipped() {
  static const auto* const library = [] {
    const std::vector<std::filesystem::path> places{resource_path("prompts")};
    return new PromptLibrary(PromptLibrary::load(places));
  }();
  return *library;
}

TaskOptions all_families() {
  TaskOptions options;
  options.explanation_samples = 1;
  options.review_samples = 1;
  return options;
}

std::string found(const PromptWish& wish, const TaskOptions& options = all_families()) {
  const PromptTemplate* prompt = find_prompt(shipped(), options, wish);
  return prompt == nullptr ? "" : prompt->id;
}

constexpr auto kExplain = PromptTask::kExplain;

TEST(PromptChoice, KeepsHintsApart) {
  EXPECT_EQ(found({"explanation", kExplain}), "3-1");
  EXPECT_EQ(found({"explanation", kExplain, {.headline = true}}), "3-2");
  EXPECT_EQ(found({"explanation", kExplain, {.stars = true}}), "3-3");
  EXPECT_EQ(found({"explanation", kExplain, {.feature = true}}), "3-9");  // 3-7 also answers with stars
  EXPECT_EQ(found({"explanation", kExplain, {.feature = true, .stars = true}}), "3-11");
  EXPECT_EQ(to_string(hint_of(shipped().at("3-12"))), "feature and star");
  EXPECT_EQ(to_string(hint_of(shipped().at("3-8"))), "none");
  EXPECT_EQ(to_string(hint_of(shipped().at("1-3"))), "none");  // stars in a yes-no question are no hint
}

TEST(PromptChoice, HeldOutOnesAreOfTheFamilyOrZeroShot) {
  EXPECT_EQ(found({"explanation", kExplain, {.feature = true, .stars = true}, true}), "3-12");
  EXPECT_EQ(found({"explanation", kExplain, {}, true}), "Z-5");
  EXPECT_EQ(found({"explanation", kExplain, {.feature = true}, true}), "");
  EXPECT_EQ(found({.family = "review", .task = PromptTask::kStar, .held_out = true}), "4-4");
  EXPECT_EQ(found({.family = "review", .task = PromptTask::kHeadline, .held_out = true}), "");
  EXPECT_EQ(found({.family = "rating", .task = PromptTask::kLikeDislike, .held_out = true}), "Z-1");
}

TEST(PromptChoice, OnlyTrainedPromptsAreSeenOnes) {
  TaskOptions options = all_families();
  options.prompts = {"3-4", "3-10", "2-3"};
  EXPECT_EQ(found({"explanation", kExplain}, options), "3-4");
  EXPECT_EQ(found({"explanation", kExplain, {.stars = true}}, options), "");
  EXPECT_EQ(found({"review", PromptTask::kHeadline}, options), "4-1");  // no prompt of the family is named
  options.review_samples = 0;
  EXPECT_EQ(found({"review", PromptTask::kHeadline}, options), "");
}

TEST(PromptChoice, AnswersWithTheOneThatWasAskedFor) {
  const PromptWish why{"explanation", kExplain};
  const TaskOptions options = all_families();
  EXPECT_EQ(choose_prompt(shipped(), options, why, "").id, "3-1");
  EXPECT_EQ(choose_prompt(shipped(), options, why, "3-12").id, "3-12");
  EXPECT_EQ(choose_prompt(shipped(), options, why, "Z-7").id, "Z-7");
  EXPECT_THROW(choose_prompt(shipped(), options, why, "2-3"), Error);
  EXPECT_THROW(choose_prompt(shipped(), options, why, "Z-1"), Error);
  EXPECT_THROW(choose_prompt(shipped(), options, why, "3-99"), Error);
  EXPECT_THROW(choose_prompt(shipped(), TaskOptions{}, why, ""), Error);
}

}  // namespace
}  // namespace p5
