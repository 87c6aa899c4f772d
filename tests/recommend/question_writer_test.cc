#include "recommend/question_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "p5/error.h"
#include "recommend/answer_world.h"

namespace p5 {
namespace {

using testing::HasSubstr;

Mention words(std::string text) { return {.kind = Mention::Kind::kText, .text = std::move(text)}; }
Mention item(ItemId id) { return {.kind = Mention::Kind::kItem, .id = id}; }

class QuestionWriterTest : public testing::Test {
 protected:
  void expect_read_as(const std::string& text, const RenderedText& mentions) {
    EXPECT_EQ(world_.writer->read_free_text(text), mentions) << text;
    EXPECT_EQ(to_text(world_.writer->read_free_text(text), *world_.bundle.index), text);
  }
  test::AnswerWorld world_;
};

TEST_F(QuestionWriterTest, NamesOfItemsInFreeTextAreMentions) {
  expect_read_as("After item_3 and item_33?", {words("After "), item(3), words(" and "), item(33), words("?")});
  expect_read_as("item_0", {item(0)});
  expect_read_as("item_1,item_2", {item(1), words(","), item(2)});
}

TEST_F(QuestionWriterTest, WhatOnlyLooksLikeANameIsText) {
  for (const std::string text : {"item_3x", "xitem_3", "item_3-b", "item_", "ITEM_3", "caf\xc3\xa9 \xff", "   "})
    expect_read_as(text, {words(text)});
}

TEST_F(QuestionWriterTest, AnEmptyTextIsTheEndTokenAlone) {
  EXPECT_EQ(world_.writer->tokenizer().source_row(world_.writer->read_free_text("")).source,
            std::vector<TokenId>{kEndToken});
}

TEST_F(QuestionWriterTest, WritesEveryPromptOfEveryFamily) {
  const std::vector<ItemId> history{3, 14, 15}, candidates{7, 9, 1};
  std::set<std::string> families;
  for (const PromptTemplate& prompt : world_.bundle.prompts->all()) {
    const TaskQuestion question{.user = 4,
                                .item = 9,
                                .history = history,
                                .candidates = candidates,
                                .rating = 4,
                                .positive = true,
                                .review = "It growls. I love it!",
                                .headline = "Growls",
                                .feature = "growl"};
    const TokenRow row = world_.writer->row(question, prompt.id);
    ASSERT_GT(row.source.size(), 10u) << prompt.id;
    EXPECT_EQ(row.source.back(), kEndToken) << prompt.id;
    EXPECT_EQ(row.whole_word.size(), row.source.size()) << prompt.id;
    families.insert(prompt.family);
  }
  EXPECT_EQ(families.size(), 6u);  // five, and zero-shot
}

TEST_F(QuestionWriterTest, AnUnknownPromptIsNotFound) {
  try {
    world_.writer->row({.user = 4}, "2-99");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_EQ(exit_code_of(error), 2);
    EXPECT_THAT(error.what(), HasSubstr("2-99"));
  }
}

TEST_F(QuestionWriterTest, WhatAPromptLacksIsSaidWithItsName) {
  for (const char* prompt : {"1-1", "5-5"}) {
    try {
      world_.writer->row({.user = 4}, prompt);
      FAIL() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(std::string("prompt ") + prompt));
    }
  }
}

TEST_F(QuestionWriterTest, AsksPromptsThatTheRunWasNotTrainedOn) {
  test::AnswerWorld world;
  world.bundle.task.prompts = {"1-1", "2-1", "5-5"};
  const QuestionWriter writer(world.bundle, world.data, 512);
  const std::vector<ItemId> history{3, 14, 15};
  EXPECT_EQ(writer.row({.user = 4, .history = history}, "2-13").source,
            world_.writer->row({.user = 4, .history = history}, "2-13").source);
}

TEST_F(QuestionWriterTest, ALibraryOfOneFamilyAnswersThatFamilyOnly) {
  test::AnswerWorld world;
  world.bundle.prompts = std::make_shared<const PromptLibrary>(PromptLibrary::parse(
      "family = \"rating\"\n[[prompt]]\nid = \"a\"\ntask = \"star\"\nsource = \"{user} on {item}\"\ntarget = "
      "\"{rating}\"\n",
      "test"));
  const QuestionWriter writer(world.bundle, world.data, 512);
  EXPECT_EQ(writer.row({.user = 4, .item = 9}, "a").source,
            writer.tokenizer().source_row(writer.read_free_text(user_text(4) + " on item_9")).source);
  EXPECT_THROW(writer.row({.user = 4, .item = 9}, "1-1"), Error);
}

// The corpus has 60 items, ten of them gained after training.
TEST_F(QuestionWriterTest, ItemsThatAreNewerThanTheModelAreLeftOut) {
  ModelBundle bundle = world_.bundle;
  bundle.index = test::spelled_index(50, bundle.vocabulary->tokenizer());
  const QuestionWriter writer(bundle, world_.data, 512);
  const std::vector<ItemId> grown{3, 55, 14, 50, 15}, known{3, 14, 15}, fresh{50, 51};
  EXPECT_EQ(writer.row({.user = 4, .history = grown}, "2-13").source,
            writer.row({.user = 4, .history = known}, "2-13").source);
  EXPECT_EQ(writer.row({.user = 4, .candidates = grown}, "5-5").source,
            writer.row({.user = 4, .candidates = known}, "5-5").source);
  EXPECT_NO_THROW(writer.row({.user = 4, .item = 55}, "1-7")) << "a question about a new item can be asked";
  EXPECT_THAT(to_text({item(3), words(", "), item(55)}, *bundle.index), HasSubstr(", a new item"));
}

TEST_F(QuestionWriterTest, UsersHaveTheNumbersThatTheModelKnows) {
  ModelBundle bundle = world_.bundle;
  KnownKeys keys = KnownKeys::of(*world_.data.corpus);
  KnownKeys turned{keys.items, {}};
  for (std::size_t user = keys.users.size(); user-- > 0;) turned.users.add(keys.users[user]);
  bundle.keys = std::make_shared<const KnownKeys>(turned);
  const QuestionWriter writer(bundle, world_.data, 512);
  const std::vector<ItemId> history{3, 14};
  const auto last = static_cast<UserId>(keys.users.size() - 1);
  EXPECT_EQ(writer.row({.user = last - 4, .history = history}, "2-3").source,
            world_.writer->row({.user = 4, .history = history}, "2-3").source);
}

}  // namespace
}  // namespace p5
