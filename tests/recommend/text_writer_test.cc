#include "recommend/text_writer.h"

#include <gtest/gtest.h>

#include "p5/error.h"
#include "recommend/answer_chooser.h"
#include "recommend/answer_world.h"
#include "support/fake_sequence_model.h"

namespace p5 {
namespace {

std::vector<TaskQuestion> questions() {
  std::vector<TaskQuestion> all;
  for (UserId user = 0; user < 9; ++user) all.push_back({.user = user, .item = user + 3});
  return all;
}

TEST(TextWriter, AnswersInTheOrderOfTheQuestionsWhateverTheBatch) {
  const test::AnswerWorld world;
  auto model = test::FakeSequenceModel::random(world.vocabulary_size());
  const auto all = questions();
  const auto together = TextWriter(model, *world.writer, {.max_length = 8}).write(all, "3-1");
  std::size_t advanced = 0;
  const auto apart = TextWriter(model, *world.writer, {.max_length = 8}, 2).write(all, "3-1", [&](std::size_t count) {
    advanced += count;
  });
  ASSERT_EQ(together.size(), 9u);
  EXPECT_EQ(together, apart);
  EXPECT_EQ(advanced, 9u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(TextWriter(model, *world.writer, {.max_length = 8}).write(world.writer->row(all[i], "3-1")), together[i]);
  }
  EXPECT_NE(together[0], together[5]);
}

TEST(TextWriter, DecodesAsItsOptionsSay) {
  const test::AnswerWorld world;
  const TokenId letter = 40;
  test::FakeSequenceModel model(world.vocabulary_size(), [&](const auto&, const auto&, TokenId token) {
    return token == letter ? 5.0 : token == kEndToken ? 4.0 : 0.0;
  });
  const TokenRow row = world.writer->row({.user = 1, .item = 2}, "3-1");
  const auto length = [&](const DecodeOptions& options) {
    return TextWriter(model, *world.writer, options).write(row).size();
  };
  EXPECT_GT(length({.max_length = 12}), length({.max_length = 12, .repetition_penalty = 50}));
}

TEST(AnswerChooser, Pitfall11SharesAreOfTheFirstTokenAndTheAnswersAlone) {
  const test::AnswerWorld world;
  const auto& tokenizer = world.bundle.vocabulary->tokenizer();
  std::vector<TokenId> yes, no;
  tokenizer.encode("yes", yes);
  tokenizer.encode("no", no);
  test::FakeSequenceModel model(world.vocabulary_size(), [&](const auto&, const auto& target, TokenId token) {
    if (!target.empty()) return 0.0;
    return token == yes[0] ? std::log(3.0) : token == no[0] ? 0.0 : 9.0;  // others would win, and may not
  });
  const TokenRow row = world.writer->row({.user = 1, .item = 2}, "5-1");
  const auto shares = AnswerChooser(model, tokenizer, {"yes", "no"}).ask({row, row});
  ASSERT_EQ(shares.size(), 2u);
  for (const auto& share : shares) {
    EXPECT_NEAR(share[0], 0.75, 1e-6);
    EXPECT_NEAR(share[1], 0.25, 1e-6);
  }
}

TEST(QuestionWriter, WritesWhatIsKnownOfTheAnswer) {
  const test::AnswerWorld world;
  const auto& index = *world.bundle.index;
  const TaskQuestion known{.user = 1, .item = 2, .feature = "tone", .explanation = "The tone is warm."};
  const TaskExample example = world.writer->example(known, "3-9");
  EXPECT_NE(to_text(example.source, index).find("tone"), std::string::npos);
  EXPECT_EQ(to_text(example.target, index), "The tone is warm.");
  EXPECT_TRUE(world.writer->example({.user = 1, .item = 2, .feature = "tone"}, "3-9").target.empty());
  EXPECT_THROW(world.writer->example({.user = 1, .item = 2}, "3-9"), Error);  // no feature
}

}  // namespace
}  // namespace p5
