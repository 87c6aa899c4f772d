#include "decode/text_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "decode/decode_options.h"
#include "p5/error.h"
#include "support/table_scorer.h"

namespace p5 {
namespace {

using test::TableScorer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Tokens = std::vector<TokenId>;

constexpr TokenId kVocabulary = 6;

Tokens tokens_of(const std::vector<Continuation>& choices) {
  Tokens tokens;
  for (const Continuation& choice : choices) tokens.push_back(choice.token);
  return tokens;
}

TEST(TextRules, LowerWhatTheTextHolds) {
  std::vector<Continuation> choices{{5, -1.0f}, {4, -1.5f}, {3, -1.9f}, {kEndToken, -4.0f}};
  apply_rules({.repetition_penalty = 2.0f}, Tokens{5, 3, 5}, choices);  // once, however often it is there
  EXPECT_THAT(tokens_of(choices), ElementsAre(4, 5, 3, kEndToken));
  EXPECT_FLOAT_EQ(choices[1].log_probability, -2.0f);
  EXPECT_FLOAT_EQ(choices[2].log_probability, -3.8f);
}

TEST(TextRules, RefuseRunsThatTheTextHolds) {
  const std::vector<Continuation> all{{3, -1}, {4, -1}, {5, -1}};
  const auto left = [&](std::int32_t ngram, const Tokens& text) {
    auto choices = all;
    apply_rules({.no_repeat_ngram = ngram}, text, choices);
    return tokens_of(choices);
  };
  EXPECT_THAT(left(2, {3, 4, 5, 3}), ElementsAre(3, 5));     // "3 4" was there
  EXPECT_THAT(left(3, {3, 4, 5, 3, 4}), ElementsAre(3, 4));  // "3 4 5" was there
  EXPECT_THAT(left(3, {3, 4}), ElementsAre(3, 4, 5));        // too short to repeat
  EXPECT_THAT(left(1, {3, 4}), ElementsAre(5));              // no token twice
  EXPECT_THAT(left(2, {3, 3}), ElementsAre(4, 5));           // a run that overlaps itself
  EXPECT_THAT(left(2, {3, 3, 4, 3, 5, 3}), IsEmpty());       // "3 3", "3 4" and "3 5" were there
}

TEST(TextRules, KeepTheEndBack) {
  std::vector<Continuation> choices{{kEndToken, -0.1f}, {4, -3.0f}};
  auto later = choices;
  apply_rules({.min_length = 2}, Tokens{4}, choices);
  EXPECT_THAT(tokens_of(choices), ElementsAre(4));
  apply_rules({.min_length = 2}, Tokens{4, 4}, later);
  EXPECT_THAT(tokens_of(later), ElementsAre(kEndToken, 4));
}

TEST(TextRules, KnowHowManyTokensTheyLower) {
  EXPECT_EQ(TextRules{}.lowered(9), 0);
  EXPECT_EQ((TextRules{.min_length = 3}.lowered(2)), 1);
  EXPECT_EQ((TextRules{.min_length = 3}.lowered(3)), 0);
  EXPECT_EQ((TextRules{.repetition_penalty = 1.2f}.lowered(7)), 7);
  EXPECT_EQ((TextRules{.min_length = 9, .no_repeat_ngram = 2}.lowered(7)), 8);
}

// The whole vocabulary under the rules, as defined, compared with the few tokens that are asked for.
TEST(TextRules, AskForEnough) {
  const TextRules rules{.min_length = 3, .repetition_penalty = 1.7f, .no_repeat_ngram = 2};
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    TableScorer scorer = TableScorer::random(seed, 2, kVocabulary);
    const auto texts = sample_text(scorer, {.temperature = 0, .max_length = 9, .rules = rules});
    for (std::int32_t source = 0; source < 2; ++source) {
      Tokens tokens;
      bool ended = false;
      while (tokens.size() < 9 && !ended) {
        auto choices = scorer.continuations(source, tokens, {});
        apply_rules(rules, tokens, choices);
        if (choices.empty()) break;
        ended = choices.front().token == kEndToken;
        if (!ended) tokens.push_back(choices.front().token);
      }
      const Hypothesis& text = texts[static_cast<std::size_t>(source)];
      EXPECT_EQ(text.tokens, tokens);
      EXPECT_EQ(text.finished, ended);
      EXPECT_TRUE(!ended || tokens.size() >= 3u);
    }
  }
}

TEST(TextRules, WinOverWhatIsLikely) {
  // Token 5 again and again, and the end always near.
  TableScorer scorer(1, kVocabulary, [](std::int32_t, const Tokens&, TokenId token) {
    return token == 5 ? std::log(0.6) : token == kEndToken ? std::log(0.3) : token == 4 ? std::log(0.1) : -1e9;
  });
  const auto text = [&](DecodeOptions options) {
    options.max_length = 5;
    return write_text(scorer, options).front().tokens;
  };
  EXPECT_THAT(text({}), ElementsAre(5, 5, 5, 5, 5));
  // log 0.6 * 3 = -1.53 is below log 0.3 = -1.20.
  EXPECT_THAT(text({.repetition_penalty = 3}), ElementsAre(5));
  EXPECT_THAT(text({.no_repeat_ngram = 1}), ElementsAre(5));
  EXPECT_THAT(text({.min_length = 2, .no_repeat_ngram = 1}), ElementsAre(5, 4));
  EXPECT_THAT(text({.no_repeat_ngram = 2}), ElementsAre(5, 5));
  // Beams see the same rules: of the texts of two tokens or more without a repeat, "5 4" and "4 5" are as likely.
  EXPECT_THAT(text({.text_beams = 4, .min_length = 2, .no_repeat_ngram = 1}), ::testing::UnorderedElementsAre(4, 5));
}

// An exhaustive search is the reference: the best text of the penalised sums.
TEST(BeamSearchRules, FindTheBestTextWhenWide) {
  const TextRules rules{.min_length = 1, .repetition_penalty = 1.5f, .no_repeat_ngram = 2};
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    TableScorer scorer = TableScorer::random(seed, 1, 5);
    float best = -1e9f;
    Tokens best_text;
    const std::function<void(Tokens, float)> walk = [&](Tokens tokens, float sum) {
      if (tokens.size() == 4) return;
      auto choices = scorer.continuations(0, tokens, {});
      apply_rules(rules, tokens, choices);
      for (const Continuation& choice : choices) {
        if (choice.token == kEndToken) {
          if (sum + choice.log_probability > best) best = sum + choice.log_probability, best_text = tokens;
          continue;
        }
        Tokens longer = tokens;
        longer.push_back(choice.token);
        walk(longer, sum + choice.log_probability);
      }
    };
    walk({}, 0);
    const auto found = beam_search(scorer, {}, {.beams = 200, .max_length = 4, .rules = rules}).front();
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.front().tokens, best_text);
    EXPECT_NEAR(found.front().score, best, 1e-5);
  }
}

// 0.5, 0.3 and 0.2 for the tokens 5, 4 and 3, then the end: two groups of one beam.
double three_words(std::int32_t, const Tokens& tokens, TokenId token) {
  if (!tokens.empty()) return token == kEndToken ? 0.0 : -1e9;
  return token == 5 ? std::log(0.5) : token == 4 ? std::log(0.3) : token == 3 ? std::log(0.2) : -1e9;
}

TEST(BeamGroups, DifferByHand) {
  TableScorer scorer(1, kVocabulary, three_words);
  const auto texts = [&](BeamOptions options) {
    options.max_length = 3;
    std::vector<Tokens> all;
    const auto lists = beam_search(scorer, {}, options);
    for (const Hypothesis& found : lists.front()) all.push_back(found.tokens);
    return all;
  };
  // Without diversity both groups take 5, which is one text; log(0.5 / 0.3) = 0.51, so 0.5 is not enough to part them.
  EXPECT_THAT(texts({.beams = 2, .groups = 2}), ElementsAre(Tokens{5}));
  EXPECT_THAT(texts({.beams = 2, .groups = 2, .diversity = 0.5f}), ElementsAre(Tokens{5}));
  EXPECT_THAT(texts({.beams = 2, .groups = 2, .diversity = 0.52f}), ElementsAre(Tokens{5}, Tokens{4}));
  // The third group pays for 5 and for 4 (once each) and takes 3 only when log(0.5 / 0.2) = 0.92 is paid.
  EXPECT_THAT(texts({.beams = 3, .groups = 3, .diversity = 0.9f}), SizeIs(2));
  EXPECT_THAT(texts({.beams = 3, .groups = 3, .diversity = 0.93f}), SizeIs(3));
}

TEST(BeamGroups, KeepTheModelsScores) {
  TableScorer scorer(1, kVocabulary, three_words);
  const auto found = beam_search(scorer, {}, {.beams = 2, .max_length = 3, .groups = 2, .diversity = 5.0f}).front();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_NEAR(found[0].score, std::log(0.5), 1e-5);
  EXPECT_NEAR(found[1].score, std::log(0.3), 1e-5);
}

TEST(BeamGroups, OneGroupIsAPlainSearchAndSourcesDoNotMeet) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    TableScorer scorer = TableScorer::random(seed, 3, kVocabulary);
    const auto plain = beam_search(scorer, {}, {.beams = 4, .max_length = 6});
    const auto one = beam_search(scorer, {}, {.beams = 4, .max_length = 6, .groups = 1, .diversity = 3.0f});
    const auto two = beam_search(scorer, {}, {.beams = 4, .max_length = 6, .groups = 2, .diversity = 3.0f});
    for (std::size_t source = 0; source < 3; ++source) {
      ASSERT_EQ(plain[source].size(), one[source].size());
      EXPECT_EQ(plain[source].front().tokens, one[source].front().tokens);
      // The same source alone gives the same: groups of another source cost nothing here.
      TableScorer alone = TableScorer::random(seed, 1, kVocabulary, static_cast<std::int32_t>(source));
      const auto single = beam_search(alone, {}, {.beams = 4, .max_length = 6, .groups = 2, .diversity = 3.0f});
      ASSERT_EQ(two[source].size(), single[0].size());
      std::set<Tokens> texts;
      for (std::size_t i = 0; i < two[source].size(); ++i) {
        EXPECT_EQ(two[source][i].tokens, single[0][i].tokens);
        EXPECT_TRUE(texts.insert(two[source][i].tokens).second) << "a text twice";
      }
    }
  }
}

TEST(TextRules, RefuseImpossibleOnes) {
  TableScorer scorer = TableScorer::random(1, 1, kVocabulary);
  EXPECT_THROW(sample_text(scorer, {.rules = {.min_length = -1}}), Error);
  EXPECT_THROW(sample_text(scorer, {.rules = {.repetition_penalty = 0.5f}}), Error);
  EXPECT_THROW(sample_text(scorer, {.rules = {.repetition_penalty = std::nanf("")}}), Error);
  EXPECT_THROW(beam_search(scorer, {}, {.beams = 2, .rules = {.no_repeat_ngram = -1}}), Error);
  EXPECT_THROW(beam_search(scorer, {}, {.beams = 5, .groups = 2}), Error);
  EXPECT_THROW(beam_search(scorer, {}, {.beams = 2, .groups = 0}), Error);
  EXPECT_THROW(beam_search(scorer, {}, {.beams = 2, .groups = 2, .diversity = -1.0f}), Error);
  const ItemIndex index("test", {{4}, {5}}, {"a", "b"});
  const ItemTrie trie(index);
  const TrieConstraint constraint(trie);
  const std::vector<const TokenConstraint*> constraints{&constraint};
  EXPECT_THROW(beam_search(scorer, constraints, {.beams = 2, .rules = {.min_length = 2}}), Error);
  EXPECT_THROW(beam_search(scorer, constraints, {.beams = 2, .groups = 2}), Error);
}

TEST(DecodeOptions, RulesReachTheSearches) {
  DecodeOptions options;
  OptionTable table;
  options.bind(table);
  table.set("decode.min_length", "3", "test");
  table.set("decode.repetition_penalty", "1.5", "test");
  table.set("decode.no_repeat_ngram", "2", "test");
  table.set("decode.text_beams", "6", "test");
  table.set("decode.beam_groups", "3", "test");
  table.set("decode.diversity", "0.25", "test");
  EXPECT_EQ(options.sampling().rules.min_length, 3);
  EXPECT_FLOAT_EQ(options.text_search().rules.repetition_penalty, 1.5f);
  EXPECT_EQ(options.text_search().rules.no_repeat_ngram, 2);
  EXPECT_EQ(options.text_search().groups, 3);
  EXPECT_FLOAT_EQ(options.text_search().diversity, 0.25f);
  EXPECT_EQ(options.item_search(4).groups, 1);
  EXPECT_TRUE(options.item_search(4).rules.change_nothing());
  EXPECT_THROW(table.set("decode.repetition_penalty", "0.9", "test"), Error);
}

}  // namespace
}  // namespace p5
