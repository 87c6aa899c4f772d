#include "task/prompt_tokenizer.h"
#include "task/scale_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "p5/error.h"
#include "support/temporary_folder.h"
#include "task/sequential_sampler.h"
#include "task/task_world.h"
#include "text/sentencepiece_tokenizer.h"
#include "text/whole_word.h"

namespace p5 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = Mention::Kind;
using List = Mention::List;

Mention words(std::string text, List list = List::kNone) { return {Kind::kText, std::move(text), 0, list}; }
Mention item(std::uint32_t id, List list = List::kNone) { return {Kind::kItem, "", id, list}; }
Mention user(std::uint32_t id) { return {Kind::kUser, "", id, List::kNone}; }

std::string read_back(const PromptTokenizer& tokenizer, const TokenRow& row) {
  return tokenizer.vocabulary().decode(row.source);
}

TEST(PromptTokenizer, SpellsUsersAsTextAndItemsByTheirPath) {
  const auto tokenizer = test::make_tokenizer(9);
  const TokenRow row = tokenizer->row(
      {.source = {user(6), words("'s next after "), item(3), words("?")}, .target = {item(4)}, .prompt_id = "x"}, 2);
  EXPECT_EQ(read_back(*tokenizer, row), "user_7's next after item_3?");
  EXPECT_EQ(row.source.back(), kEndToken);
  EXPECT_EQ(row.target.back(), kEndToken);
  EXPECT_EQ(tokenizer->vocabulary().decode(row.target), "item_4");
  EXPECT_EQ(row.family, 2);
}

TEST(PromptTokenizer, ItemsThatAreNotAskedForMayBeTheirOwnLastToken) {
  const auto tokenizer = test::make_tokenizer(9, {.short_items = true});
  const auto own = [&](ItemId id) { return tokenizer->index().path(id).back(); };
  TaskExample example{.source = {item(3), words(" "), item(8)}, .target = {item(4), item(5)}, .prompt_id = "x"};
  example.place = TargetPlace{.user = 0, .first = 1, .given = 1};
  const TokenRow row = tokenizer->row(example);
  EXPECT_THAT(row.source, ElementsAre(own(3), own(8), kEndToken));
  EXPECT_EQ(row.given, 1u);
  EXPECT_EQ(row.target.front(), own(4));
  const auto asked = tokenizer->index().path(5);
  EXPECT_TRUE(std::equal(asked.begin(), asked.end(), row.target.begin() + 1)) << "answers are whole";
  EXPECT_EQ(row.target.size(), 1 + asked.size() + 1);
}

TEST(PromptTokenizer, RefusesToNameTwoItemsAlike) {
  try {
    test::make_tokenizer(12, {.short_items = true});
    FAIL() << "item_0 and item_10 end alike";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(std::string(error.what()), HasSubstr("item_0 and item_10"));
  }
}

TEST(PromptTokenizer, ADecoderOfCodesAtOnceReadsNothingOfAnItem) {
  const auto tokenizer = test::make_tokenizer(12, {.trie_softmax = true, .parallel_codes = true});
  const TokenRow of_item = tokenizer->row({.source = {item(3)}, .target = {item(11)}, .prompt_id = "x"});
  const TokenRow of_words = tokenizer->row({.source = {item(3)}, .target = {words("yes")}, .prompt_id = "x"});
  const TokenBatch batch = tokenizer->batch_of({of_item, of_words});
  ASSERT_EQ(batch.decoder_input.size(), batch.target.size());
  const auto length = static_cast<std::size_t>(batch.target_length);
  for (std::size_t i = 0; i < length; ++i) EXPECT_EQ(batch.decoder_input[i], kPadToken) << i;
  EXPECT_EQ(batch.decoder_input[length], kPadToken);
  for (std::size_t i = 1; i < of_words.target.size(); ++i) {
    EXPECT_EQ(batch.decoder_input[length + i], of_words.target[i - 1]) << "words follow words";
  }
  EXPECT_TRUE(test::make_tokenizer(12, {.trie_softmax = true})->batch_of({of_item}).decoder_input.empty());
}

TEST(PromptTokenizer, UsersOfAGroupShareItsToken) {
  auto letters = std::make_shared<const test::LetterTokenizer>();
  const auto vocabulary = std::make_shared<const Vocabulary>(letters, 0, std::vector<std::string>{},
                                                             std::vector<std::string>{"user_group_1", "user_group_2"});
  const PromptTokenizer tokenizer(vocabulary, test::spelled_index(5, *letters), {.user_groups = {1, 0, 1}});
  const auto first = [&](std::uint32_t number) {
    return tokenizer.row({.source = {user(number)}, .prompt_id = "x"}).source.front();
  };
  EXPECT_EQ(first(0), vocabulary->users().begin + 1);
  EXPECT_EQ(first(1), vocabulary->users().begin);
  EXPECT_EQ(first(2), first(0));
  EXPECT_FALSE(vocabulary->users().contains(first(3))) << "a user that came later is text";
}

TEST(PromptTokenizer, TokensOfAnswersNameTheSetThatTheyCompeteIn) {
  const auto tokenizer = test::make_tokenizer(12, {.trie_softmax = true});
  const TokenRow row = tokenizer->row({.source = {item(3)}, .target = {item(11), item(2)}, .prompt_id = "x"});
  ASSERT_EQ(row.target_set.size(), row.target.size());
  EXPECT_NE(row.target.back(), kEndToken) << "nothing may follow item_2 but the end";
  const TokenSets& sets = *tokenizer->target_sets()->sets();
  for (std::size_t i = 0; i < row.target.size(); ++i) {
    const auto& set = sets[static_cast<std::size_t>(row.target_set[i]) - 1];
    EXPECT_TRUE(std::is_sorted(set.begin(), set.end()));
    EXPECT_EQ(std::count(set.begin(), set.end(), row.target[i]), 1);
  }
  const std::size_t first = tokenizer->index().path(11).size();
  const auto size_at = [&](std::size_t i) { return sets[static_cast<std::size_t>(row.target_set[i]) - 1].size(); };
  EXPECT_EQ(size_at(0), 1u) << "every id begins with i";
  EXPECT_EQ(size_at(first - 2), 10u) << "a first digit";
  EXPECT_EQ(size_at(first - 1), 3u) << "after item_1: the end, 0 and 1";
  EXPECT_EQ(row.target_set[first], row.target_set[0]) << "the second item begins as the first";

  const TokenRow open = tokenizer->row({.source = {item(3)}, .target = {item(1)}, .prompt_id = "x"});
  EXPECT_EQ(open.target.back(), kEndToken) << "item_1 might go on as item_10";
  EXPECT_EQ(sets[static_cast<std::size_t>(open.target_set.back()) - 1].size(), 3u);

  const TokenRow words_alone = tokenizer->row({.source = {item(3)}, .target = {words("yes")}, .prompt_id = "x"});
  EXPECT_THAT(words_alone.target_set, ::testing::Each(0));
  EXPECT_EQ(words_alone.target.back(), kEndToken);
  EXPECT_EQ(test::make_tokenizer(12)->target_sets(), nullptr);
}

TEST(PromptTokenizer, GivenItemsOfAnAnswerAreNotLearnt) {
  const auto tokenizer = test::make_tokenizer(12, {.repeat_items = 2});
  TaskExample example{.source = {item(3)}, .target = {item(1), item(11), item(2)}, .prompt_id = "x"};
  example.place = TargetPlace{.user = 0, .first = 2, .given = 2};
  const TokenRow row = tokenizer->row(example);
  const std::size_t given = tokenizer->index().path(1).size() + tokenizer->index().path(11).size();
  EXPECT_EQ(row.given, given);
  const TokenBatch batch = pad_rows({row});
  for (std::size_t i = 0; i < row.target.size(); ++i) EXPECT_EQ(batch.target_mask[i], i < given ? 0 : 1);
  example.place->given = 0;
  EXPECT_EQ(tokenizer->row(example).given, 0u);
  EXPECT_THROW(test::make_tokenizer(12, {.max_target = 8, .repeat_items = 2}), Error);
}

TEST(PromptTokenizer, TextAfterAMentionIsEncodedAsWritten) {
  const auto tokenizer = test::make_tokenizer(9);
  const TokenRow glued = tokenizer->source_row({item(1), words("? Or")});
  const TokenRow apart = tokenizer->source_row({item(1), words(" ? Or")});
  EXPECT_EQ(read_back(*tokenizer, glued), "item_1? Or");
  EXPECT_EQ(read_back(*tokenizer, apart), "item_1 ? Or");
  EXPECT_THAT(glued.whole_word, ElementsAre(1, 1, 1, 1, 1, 1, 1, 2, 2, 0));
  EXPECT_THAT(apart.whole_word, ElementsAre(1, 1, 1, 1, 1, 1, 2, 3, 3, 0));
}

TEST(PromptTokenizer, AGuardThatTheVocabularySwallowsIsReplaced) {
  // "_?" is one piece here, so that "_" cannot be the guard before "?".
  class Swallowing final : public Tokenizer {
   public:
    std::size_t size() const override { return 600; }
    void encode(std::string_view text, std::vector<TokenId>& out) const override {
      if (text.starts_with("_?")) {
        out.push_back(590);
        text.remove_prefix(2);
      }
      letters_.encode(text, out);
    }
    std::string decode(const std::vector<TokenId>& tokens) const override { return letters_.decode(tokens); }
    bool begins_word(TokenId token) const override { return letters_.begins_word(token); }
    std::string_view piece(TokenId) const override { return {}; }

   private:
    test::LetterTokenizer letters_;
  };
  auto swallowing = std::make_shared<const Swallowing>();
  const PromptTokenizer tokenizer(std::make_shared<const Vocabulary>(swallowing, 0, std::vector<std::string>{}),
                                  test::spelled_index(3, *swallowing), {});
  const TokenRow row = tokenizer.source_row({item(1), words("?")});
  EXPECT_EQ(row.source[row.source.size() - 2], test::LetterTokenizer::kInside + '?');
}

TEST(PromptTokenizer, AMentionIsOneWordWhetherSpelledOrPrivate) {
  auto letters = std::make_shared<const test::LetterTokenizer>();
  auto vocabulary = std::make_shared<const Vocabulary>(letters, 0, std::vector<std::string>{"c0", "c1", "c2"});
  const TokenId first = vocabulary->items().begin;
  auto index = std::make_shared<const ItemIndex>(
      "test", std::vector<std::vector<TokenId>>{{first, first + 1}, {first, first + 2}},
      std::vector<std::string>{"a", "b"});
  const PromptTokenizer tokenizer(vocabulary, index, {});
  const TokenRow row = tokenizer.source_row({words("on "), item(0), words(" "), item(1), words(".")});
  EXPECT_THAT(row.whole_word, ElementsAre(1, 1, 2, 2, 3, 3, 3, 0));
}

TEST(PromptTokenizer, UsersWithTokensOfTheirOwnAreOneTokenAndLaterOnesAreSpelled) {
  auto letters = std::make_shared<const test::LetterTokenizer>();
  auto vocabulary = std::make_shared<const Vocabulary>(letters, 0, std::vector<std::string>{"item_9"},
                                                       std::vector<std::string>{"user_1", "user_2"});
  const TokenId first = vocabulary->items().begin;
  auto index = std::make_shared<const ItemIndex>("test", std::vector<std::vector<TokenId>>{{first}},
                                                 std::vector<std::string>{"item_9"});
  const PromptTokenizer tokenizer(vocabulary, index, {});
  const TokenRow row = tokenizer.source_row({user(1), words(" on "), item(0), user(0)});
  EXPECT_EQ(row.source.front(), first + 2);
  EXPECT_EQ(row.source[row.source.size() - 3], first);
  EXPECT_EQ(row.source[row.source.size() - 2], first + 1);
  EXPECT_EQ(row.whole_word.front(), 1);
  EXPECT_EQ(row.whole_word[row.source.size() - 2], row.whole_word[row.source.size() - 3] + 1);
  EXPECT_EQ(read_back(tokenizer, tokenizer.source_row({user(2)})), "user_3");
}

// A sampler may leave gaps, as T5's pretraining does, without a prompt.
TEST(PromptTokenizer, SentinelsAreTokensOfTheirOwn) {
  auto letters = std::make_shared<const test::LetterTokenizer>();
  auto vocabulary = std::make_shared<const Vocabulary>(letters, 3, std::vector<std::string>{"item_1"});
  auto index = std::make_shared<const ItemIndex>("test", std::vector<std::vector<TokenId>>{{vocabulary->items().begin}},
                                                 std::vector<std::string>{"item_1"});
  const PromptTokenizer tokenizer(vocabulary, index, {});
  const auto sentinel = [](std::uint32_t number) { return Mention{Kind::kSentinel, "", number, List::kNone}; };
  const TokenRow row = tokenizer.row(
      {.source = {words("had "), sentinel(0), words(" "), item(0), sentinel(2)}, .target = {sentinel(0), item(0)}});
  const TokenId end = vocabulary->sentinels().end;
  EXPECT_THAT(row.target, ElementsAre(end - 1, vocabulary->items().begin, kEndToken));
  EXPECT_EQ(row.source[row.source.size() - 2], end - 3);
  EXPECT_EQ(read_back(tokenizer, row), "had <extra_id_0> <item_1> <extra_id_2>");
  EXPECT_EQ(row.whole_word, whole_word_ids(row.source, *vocabulary, 512));
  EXPECT_EQ(to_text({sentinel(1), item(0)}, *index), "<extra_id_1>item_1");
  EXPECT_THROW(tokenizer.source_row({sentinel(3)}), Error);
}

TEST(PromptTokenizer, WholeWordsFollowTheRuleOfTheTextRoom) {
  const auto tokenizer = test::make_tokenizer(60);
  const auto data = test::make_data();
  const test::SampledFamily<SequentialSampler> task(kSequentialFamily, data, {});
  Rng rng(1, "test");
  for (std::size_t i = 0; i < task.size(); ++i) {
    const TokenRow row = tokenizer->row(task.sample(i, rng));
    EXPECT_EQ(row.whole_word, whole_word_ids(row.source, tokenizer->vocabulary(), 512));
  }
}

TEST(PromptTokenizer, Pitfall37WholeWordsStayBelowTheRowsOfTheTable) {
  RenderedText text;
  for (int i = 0; i < 700; ++i) text.push_back(item(3)), text.push_back(words(" a "));
  const auto wide = test::make_tokenizer(9)->source_row(text);
  EXPECT_EQ(*std::max_element(wide.whole_word.begin(), wide.whole_word.end()), 511);
  const auto narrow = test::make_tokenizer(9, {.whole_word_rows = 4})->source_row(text);
  EXPECT_EQ(*std::max_element(narrow.whole_word.begin(), narrow.whole_word.end()), 3);
  EXPECT_TRUE(test::make_tokenizer(9, {.whole_word_rows = 0})->source_row(text).whole_word.empty());
}

TEST(PromptTokenizer, Pitfall36LongInputsLoseTheOldestHistoryAndNothingElse) {
  const auto tokenizer = test::make_tokenizer(9, {.max_source = 26});
  const RenderedText text = {words("past "),
                             item(1, List::kHistory),
                             words(", ", List::kHistory),
                             item(2, List::kHistory),
                             words(", ", List::kHistory),
                             item(3, List::kHistory),
                             words(" of "),
                             item(4)};
  const TokenRow row = tokenizer->source_row(text);
  EXPECT_EQ(read_back(*tokenizer, row), "past item_2, item_3 of item_4");
  EXPECT_EQ(row.source.size(), 26u);
  EXPECT_EQ(row.whole_word, whole_word_ids(row.source, tokenizer->vocabulary(), 512));
  const auto tighter = test::make_tokenizer(9, {.max_source = 25});
  EXPECT_EQ(read_back(*tighter, tighter->source_row(text)), "past item_3 of item_4");
}

TEST(PromptTokenizer, Pitfall36HistoriesFromNewToOldLoseTheirEnd) {
  const auto tokenizer = test::make_tokenizer(9, {.max_source = 24, .newest_first = true});
  const RenderedText text = {words("past "),
                             item(3, List::kHistory),
                             words(" ", List::kHistory),
                             item(2, List::kHistory),
                             words(" ", List::kHistory),
                             item(1, List::kHistory),
                             words(" of "),
                             item(4)};
  EXPECT_EQ(read_back(*tokenizer, tokenizer->source_row(text)), "past item_3 of item_4");
}

// The separator that goes is the one before the oldest item: none is left at the end, and none is missing between.
TEST(PromptTokenizer, Pitfall36NoSeparatorIsLeftBehindTheNewestItems) {
  const auto text_of = [](bool newest_first, std::int64_t max_source, int items) {
    RenderedText text = {words("past ")};
    for (int i = 0; i < items; ++i) {
      if (i > 0) text.push_back(words(", ", List::kHistory));
      text.push_back(item(static_cast<std::uint32_t>(i), List::kHistory));
    }
    text.push_back(words(" of "));
    text.push_back(item(8));
    const auto tokenizer = test::make_tokenizer(9, {.max_source = max_source, .newest_first = newest_first});
    const TokenRow row = tokenizer->source_row(text);
    EXPECT_LE(static_cast<std::int64_t>(row.source.size()), std::max<std::int64_t>(max_source, 19));
    EXPECT_EQ(row.whole_word, whole_word_ids(row.source, tokenizer->vocabulary(), 512));
    return read_back(*tokenizer, row);
  };
  EXPECT_EQ(text_of(true, 512, 3), "past item_0, item_1, item_2 of item_8");
  EXPECT_EQ(text_of(true, 32, 3), "past item_0, item_1 of item_8");
  EXPECT_EQ(text_of(true, 24, 3), "past item_0 of item_8");
  EXPECT_EQ(text_of(false, 24, 3), "past item_2 of item_8");
  EXPECT_EQ(text_of(true, 16, 3), "past item_0 of item_8") << "the newest stays";
  EXPECT_EQ(text_of(true, 31, 8), "past item_0, item_1 of item_8");
}

TEST(PromptTokenizer, Pitfall36CandidatesAndTheNewestItemStayAndAreCounted) {
  const auto tokenizer = test::make_tokenizer(9, {.max_source = 16});
  const RenderedText text = {item(1, List::kHistory),   words(" ", List::kHistory), item(2, List::kHistory),
                             words(". One of "),        item(3, List::kCandidates), words(" ", List::kCandidates),
                             item(4, List::kCandidates)};
  EXPECT_EQ(read_back(*tokenizer, tokenizer->source_row(text)), "item_2. One of item_3 item_4");
  EXPECT_EQ(tokenizer->shortened_count(), 1);
  EXPECT_EQ(tokenizer->overlong_count(), 1);
  tokenizer->source_row({words("short")});
  EXPECT_EQ(tokenizer->shortened_count(), 1);
}

TEST(PromptTokenizer, Pitfall36EveryIdMustFitTheAnswer) {
  try {
    test::make_tokenizer(101, {.max_target = 8});  // "item_100" needs nine
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                ::testing::AllOf(HasSubstr("task.max_target"), HasSubstr("9 or more"), HasSubstr("got 8")));
  }
  EXPECT_NO_THROW(test::make_tokenizer(101, {.max_target = 9}));
}

TEST(PromptTokenizer, CutsLongAnswersButKeepsTheEndToken) {
  const auto tokenizer = test::make_tokenizer(3, {.max_target = 8});
  const TokenRow row = tokenizer->row({.source = {words("x")}, .target = {words("abcdefghijkl")}, .prompt_id = ""});
  EXPECT_EQ(row.target.size(), 8u);
  EXPECT_EQ(row.target.back(), kEndToken);
  EXPECT_TRUE(tokenizer->row({.source = {words("x")}, .target = {}, .prompt_id = ""}).target.empty());
}

TEST(PromptTokenizer, CutsListsOfItemsBetweenItems) {
  const auto tokenizer = test::make_tokenizer(9, {.max_target = 15});  // "item_1" has six letters
  const TokenRow row = tokenizer->row({.source = {words("x")}, .target = {item(1), item(2), item(3)}, .prompt_id = ""});
  EXPECT_EQ(row.target.size(), 2 * 6 + 1u);
  EXPECT_EQ(row.target.back(), kEndToken);
}

TEST(PromptTokenizer, Pitfall08WholeWordsAreTheSameInABatchAndAlone) {
  const auto tokenizer = test::make_tokenizer(9);
  const std::vector<TokenRow> rows = {tokenizer->source_row({words("a "), item(1)}),
                                      tokenizer->source_row({words("much longer than "), item(2), words(".")})};
  const TokenBatch batch = pad_rows(rows);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto length = static_cast<std::size_t>(batch.source_length);
    for (std::size_t i = 0; i < length; ++i) {
      const std::int32_t alone = i < rows[r].whole_word.size() ? rows[r].whole_word[i] : 0;
      EXPECT_EQ(batch.whole_word[r * length + i], alone) << r << " " << i;
    }
    EXPECT_EQ(batch.whole_word[r * length + rows[r].source.size() - 1], 0);
  }
}

TEST(PromptTokenizer, ReadsAsTextForPeople) {
  const auto index = test::spelled_index(9, test::LetterTokenizer());
  EXPECT_EQ(to_text({user(0), words(" had "), item(5), words(".")}, *index), "user_1 had item_5.");
}

// T5's own pieces of every shipped prompt: drift of whitespace, continuation or piece choice shows here.
TEST(PromptTokenizer, Pitfall35GoldenTokensOfEveryPromptUnderT5) {
  const auto file = test::shared_folder() / "datasets/t5/spiece.model";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "T5's vocabulary is not next to this checkout";
  const auto pieces = SentencePieceTokenizer::load(file);
  const auto vocabulary = std::make_shared<const Vocabulary>(pieces, 100, std::vector<std::string>{});
  const PromptTokenizer tokenizer(vocabulary, test::spelled_index(9000, *pieces), {});
  const std::vector<std::filesystem::path> folders = {std::filesystem::path(P5_SOURCE_DIR) / "prompts"};
  const std::vector<std::uint32_t> history = {4, 7391}, candidates = {19, 256};
  const TaskQuestion question{.user = 22,
                              .item = 7391,
                              .history = history,
                              .candidates = candidates,
                              .rating = 4,
                              .positive = true,
                              .review = "It growls. I love it!",
                              .headline = "Growls",
                              .feature = "growl"};
  const EntityTexts texts{.user_description = "Ann B.", .item_title = "Wah pedal"};
  std::string got;
  const auto library = PromptLibrary::load(folders).with_words(scale_words(RatingScale()));
  for (const auto& prompt : library.all()) {
    got += prompt.id;
    const TokenRow row = tokenizer.source_row(PromptRenderer().render(prompt.source, question, texts));
    for (const TokenId token : row.source) {
      got += " " + std::string(pieces->piece(token));
    }
    got += "\n";
  }
  std::ifstream golden(std::filesystem::path(P5_SOURCE_DIR) / "tests/task/golden_t5_pieces.txt");
  std::stringstream wanted;
  wanted << golden.rdbuf();
  EXPECT_EQ(got, wanted.str());
}

}  // namespace
}  // namespace p5
