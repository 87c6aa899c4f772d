#include "prompt/prompt_renderer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "p5/error.h"
#include "prompt/prompt_library.h"

namespace p5 {
namespace {

using ::testing::HasSubstr;

std::string item_name(std::uint32_t item) { return "item_" + std::to_string(item); }

std::string rendered(const std::string& pattern, const TaskQuestion& question, const EntityTexts& texts = {},
                     RenderOptions options = {}) {
  return to_text(PromptRenderer(std::move(options)).render(PromptPattern::parse(pattern, "test"), question, texts),
                 item_name);
}

TEST(PromptRenderer, GoldenRenderingOfEveryShippedPrompt) {
  const std::vector<std::filesystem::path> folders = {std::filesystem::path(P5_SOURCE_DIR) / "prompts"};
  const auto library = PromptLibrary::load(folders).with_words({{Slot::kLowest, "1"},
                                                                {Slot::kHighest, "5"},
                                                                {Slot::kLowestWord, "one"},
                                                                {Slot::kHighestWord, "five"},
                                                                {Slot::kLowestStars, "one star"}});
  const std::vector<std::uint32_t> history = {4, 11, 7}, candidates = {9, 30, 2};
  const TaskQuestion question{.user = 5,
                              .item = 30,
                              .history = history,
                              .candidates = candidates,
                              .rating = 4,
                              .positive = true,
                              .review = "It growls. I love it!",
                              .headline = "Growls",
                              .feature = "growl",
                              .explanation = "The growl is great."};
  const EntityTexts texts{.user_description = "Ann B.",
                          .item_title = "Wah pedal",
                          .item_brand = "Vox",
                          .item_categories = "Effects, Wah",
                          .item_price = 79.9};
  std::string got;
  for (const auto& prompt : library.all()) {
    got += prompt.id + "\t" + to_text(PromptRenderer().render(prompt.source, question, texts), item_name) + "\t" +
           to_text(PromptRenderer().render(prompt.target, question, texts), item_name) + "\n";
  }
  std::ifstream file(std::filesystem::path(P5_SOURCE_DIR) / "tests/prompt/golden_prompts.tsv");
  std::stringstream wanted;
  wanted << file.rdbuf();
  EXPECT_EQ(got, wanted.str());
}

TEST(PromptRenderer, KeepsMentionsApartFromText) {
  const std::vector<std::uint32_t> history = {3, 8};
  const auto pattern = PromptPattern::parse("{user} had {history}.", "test");
  const auto text = PromptRenderer({.separator = ", "}).render(pattern, {.user = 0, .history = history}, {});
  using Kind = Mention::Kind;
  using List = Mention::List;
  const RenderedText wanted = {{Kind::kUser, "", 0, List::kNone},    {Kind::kText, " had ", 0, List::kNone},
                               {Kind::kItem, "", 3, List::kHistory}, {Kind::kText, ", ", 0, List::kHistory},
                               {Kind::kItem, "", 8, List::kHistory}, {Kind::kText, ".", 0, List::kNone}};
  EXPECT_EQ(text, wanted);
}

TEST(PromptRenderer, JoinsNeighboringWordsIntoOneMention) {
  const auto text =
      PromptRenderer().render(PromptPattern::parse("Is {item_title} {{new}}?", "test"), {}, {.item_title = "A {b} c"});
  ASSERT_EQ(text.size(), 1u);
  EXPECT_EQ(text[0].text, "Is A {b} c {new}?");
}

TEST(PromptRenderer, FallsBackWhereDataIsMissing) {
  const TaskQuestion bare{.user = 6, .item = 2};
  EXPECT_EQ(rendered("{item_title} for {user_description}", bare), "item_2 for user_7");
  EXPECT_EQ(rendered("{item_brand}; {item_price}; {item_categories}", bare),
            "unknown brand; unknown price; unknown category");
  EXPECT_EQ(rendered("{user} had {history}", {}), "a new user had nothing yet");
  EXPECT_EQ(rendered("{user_description}", {}), "a new user");
  EXPECT_EQ(rendered("{item_price}", {}, {.item_price = 3}), "3.00");
}

TEST(PromptRenderer, StarsStandBehindDescriptionsTitlesAndUnknownUsers) {
  const TaskQuestion known{.user = 7, .item = 2};
  const EntityTexts stars{.user_stars = "5 4", .item_stars = "3"};
  EXPECT_EQ(rendered("{user_description}: {item_title}", known, stars), "user_8 (gave 5 4): item_2 (got 3)");
  EXPECT_EQ(rendered("{user}: {item}", known, stars), "user_8: item_2");
  EXPECT_EQ(rendered("{item}", {}, {.item_description = "a wah", .item_stars = "3"}), "a wah (got 3)");
  EXPECT_EQ(rendered("{user}", {}, {.user_stars = "5 4"}), "a new user (gave 5 4)");
}

TEST(PromptRenderer, UnnamedUsersAndItemsHaveNoMention) {
  const TaskQuestion anonymous{.user = 7, .item = 2, .anonymous = true};
  EXPECT_EQ(rendered("{user}: {item_title}", anonymous, {.item_title = "a wah", .user_stars = "5"}),
            "a new user (gave 5): a wah");
  EXPECT_EQ(rendered("{item}", anonymous, {.item_description = "a wah"}), "a wah");
  EXPECT_THROW(rendered("{item}", anonymous, {.item_title = "a wah"}), Error);
  EXPECT_FALSE(PromptRenderer::can_render(PromptPattern::parse("{item}", "test"), anonymous, {}));
}

TEST(PromptRenderer, HistoriesShowTheirNewestItemsInTheOrderAskedFor) {
  const std::vector<std::uint32_t> history = {3, 8, 5};
  EXPECT_EQ(rendered("{history}", {.history = history}), "item_3 item_8 item_5");
  EXPECT_EQ(rendered("{history}", {.history = history}, {}, {.max_history = 2}), "item_8 item_5");
  EXPECT_EQ(rendered("{history}", {.history = history}, {}, {.max_history = 2, .newest_first = true}), "item_5 item_8");
}

TEST(PromptRenderer, WhatUsersWroteIsCutBetweenWords) {
  const std::string review = "A long review of many words";
  EXPECT_EQ(rendered("{review}!", {.review = review}, {}, {.max_review = 12}), "A long!");
  EXPECT_EQ(rendered("{headline}!", {.headline = review}, {}, {.max_text = 13}), "A long review!");
  EXPECT_EQ(rendered("{rating} {rating}", {.rating = 4, .answered_stars = "4.3"}), "4.3 4.3");
}

TEST(PromptRenderer, KnowsWhatItCanRender) {
  const auto can = [](const std::string& pattern, const TaskQuestion& question, const EntityTexts& texts = {}) {
    return PromptRenderer::can_render(PromptPattern::parse(pattern, "test"), question, texts);
  };
  EXPECT_TRUE(can("{user} {user_description} {item_brand} {history} {options}", {}));
  for (const std::string& slot : slot_names()) {
    const std::string pattern = "{" + slot + "}";
    bool renders = true;
    try {
      rendered(pattern, {});
    } catch (const Error&) {
      renders = false;
    }
    EXPECT_EQ(can(pattern, {}), renders) << slot;
  }
  EXPECT_TRUE(can("{rating} {review}", {.review = "good", .answered_stars = "4.3"}));
  EXPECT_TRUE(can("{item_title}", {.item = 3}));
  EXPECT_TRUE(can("{item}", {}, {.item_description = "a wah"}));
}

TEST(PromptRenderer, NamesTheSlotThatHasNoValueAndNoFallback) {
  for (const std::string slot : {"item", "item_title", "candidates", "rating", "yes_no", "like_dislike", "review",
                                 "headline", "feature", "explanation"}) {
    try {
      rendered("{" + slot + "}", {});
      ADD_FAILURE() << slot;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_THAT(error.what(), HasSubstr(slot == "item_title" ? "'item_title'" : "'" + slot + "'"));
    }
  }
}

TEST(PromptRenderer, WritesAnswers) {
  EXPECT_EQ(rendered("{yes_no} {like_dislike}", {.positive = true}), "yes like");
  EXPECT_EQ(rendered("{yes_no} {like_dislike}", {.positive = false}), "no dislike");
  EXPECT_EQ(rendered("{options}", {}), "1, 2, 3, 4, 5");
}

TEST(PromptRenderer, ShortensLongTextBetweenWordsAndNeverInsideACharacter) {
  EXPECT_EQ(rendered("{item_title}.", {}, {.item_title = "one two three"}, {.max_text = 8}), "one two.");
  EXPECT_EQ(rendered("{item_title}.", {}, {.item_title = "one two three"}, {.max_text = 7}), "one two.");
  EXPECT_EQ(rendered("{item_title}.", {}, {.item_title = "\xc3\xa9\xc3\xa9\xc3\xa9"}, {.max_text = 3}), "\xc3\xa9.");
}

TEST(PromptRenderer, WordsRatingsOfAnyScale) {
  const RenderOptions options{.rating_options = "0, 10, 20"};
  EXPECT_EQ(rendered("{rating} of {options}", {.rating = 20}, {}, options), "20 of 0, 10, 20");
  EXPECT_EQ(rendered("{rating}", {.rating = 0.5}, {}), "0.5");
  EXPECT_EQ(rendered("{rating}", {.rating = -1}, {}), "-1");
}

TEST(PromptRenderer, TheEndsOfTheScaleAreWordsOfTheRunsPrompts) {
  const PromptPattern pattern = PromptPattern::parse("{{From}} {lowest_word} to {highest}: {item}", "test");
  EXPECT_THROW(PromptRenderer().render(pattern, {.item = 3}, {}), Error);
  EXPECT_FALSE(PromptRenderer::can_render(pattern, {.item = 3}, {}));
  const PromptPattern filled = pattern.with_words({{Slot::kLowestWord, "zero"}, {Slot::kHighest, "{10}"}});
  EXPECT_EQ(filled.text(), "{{From}} zero to {{10}}: {item}");
  EXPECT_EQ(filled.pieces().size(), 2u);  // one text and a slot: words that prompts may lose are whole again
  EXPECT_EQ(PromptPattern::parse(filled.text(), "test").pieces()[0].text, "{From} zero to {10}: ");
  EXPECT_TRUE(PromptRenderer::can_render(filled, {.item = 3}, {}));
}

}  // namespace
}  // namespace p5
