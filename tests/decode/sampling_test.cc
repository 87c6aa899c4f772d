#include "decode/sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "decode/decode_options.h"
#include "p5/error.h"
#include "support/table_scorer.h"

namespace p5 {
namespace {

using test::TableScorer;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using Tokens = std::vector<TokenId>;

constexpr TokenId kVocabulary = 6;

// Probabilities 0.5, 0.25, 0.15 and 0.1 for the tokens 5, 4, 3 and the end token.
double fixed(std::int32_t, const Tokens&, TokenId token) {
  switch (token) {
    case 5:
      return std::log(0.5);
    case 4:
      return std::log(0.25);
    case 3:
      return std::log(0.15);
    case kEndToken:
      return std::log(0.1);
    default:
      return -1e9;
  }
}

std::map<TokenId, double> shares(SamplingOptions options) {
  TableScorer scorer(20000, kVocabulary, fixed);
  options.max_length = 1;
  std::map<TokenId, double> share;
  for (const Hypothesis& text : sample_text(scorer, options)) {
    share[text.finished ? kEndToken : text.tokens.at(0)] += 1.0 / 20000;
  }
  return share;
}

TEST(Sampling, DrawsWithTheModelsProbabilities) {
  const auto share = shares({});
  EXPECT_NEAR(share.at(5), 0.5, 0.015);
  EXPECT_NEAR(share.at(4), 0.25, 0.015);
  EXPECT_NEAR(share.at(3), 0.15, 0.015);
  EXPECT_NEAR(share.at(kEndToken), 0.1, 0.015);
}

// Several texts per source: adjacent, sampled independently; their number does not change the first.
TEST(Sampling, DrawsSeveralTextsASource) {
  const auto of_source = [](std::int32_t source, const Tokens& prefix, TokenId token) {
    if (prefix.size() == 2) return token == kEndToken ? 0.0 : -1e9;
    return token == 3 + source || token == 5 ? std::log(0.5) : -1e9;
  };
  TableScorer scorer(2, kVocabulary, of_source);
  constexpr std::size_t kDraws = 500;
  const auto texts = sample_text(scorer, {.draws = kDraws});
  ASSERT_THAT(texts, SizeIs(2 * kDraws));
  std::map<Tokens, int> seen[2];
  for (std::size_t i = 0; i < texts.size(); ++i) ++seen[i / kDraws][texts[i].tokens];
  for (const TokenId own : {3, 4}) {
    auto& counts = seen[own - 3];
    EXPECT_THAT(counts, SizeIs(4));
    for (const TokenId first : {own, 5}) {
      for (const TokenId second : {own, 5}) EXPECT_NEAR((counts[{first, second}]), 125, 40);
    }
  }
  TableScorer once(1, kVocabulary, fixed), often(1, kVocabulary, fixed);
  EXPECT_EQ(sample_text(once, {}).front().tokens, sample_text(often, {.draws = 9}).front().tokens);
  EXPECT_THROW(sample_text(once, {.draws = 0}), Error);
}

TEST(Sampling, KeepsToTheBestTokens) {
  const auto two = shares({.top_k = 2});
  EXPECT_THAT(two, SizeIs(2));
  EXPECT_NEAR(two.at(5), 2.0 / 3, 0.015);
  const auto nucleus = shares({.top_p = 0.8});  // 0.5 + 0.25 do not reach it, + 0.15 do
  EXPECT_THAT(nucleus, SizeIs(3));
  EXPECT_NEAR(nucleus.at(3), 0.15 / 0.9, 0.015);
  EXPECT_THAT(shares({.top_p = 0.3}), SizeIs(1));
}

TEST(Sampling, TemperatureSharpens) {
  EXPECT_NEAR(shares({.temperature = 0.5}).at(5), 0.25 / (0.25 + 0.0625 + 0.0225 + 0.01), 0.015);
  EXPECT_THAT(shares({.temperature = 0.0}), SizeIs(1));
}

TEST(Sampling, FollowsItsSeedAndItsOwnRows) {
  const auto texts = [](std::uint64_t seed) {
    TableScorer scorer = TableScorer::random(9, 20, kVocabulary);
    std::vector<Tokens> all;
    for (const Hypothesis& text : sample_text(scorer, {.seed = seed, .max_length = 8})) {
      // The score must be that of the sequence itself: rows and parents were followed correctly.
      double sum = 0;
      Tokens before;
      Tokens tokens = text.tokens;
      if (text.finished) tokens.push_back(kEndToken);
      for (const TokenId token : tokens) {
        const auto source = static_cast<std::int32_t>(all.size());
        for (const auto& choice : scorer.continuations(source, before, {})) {
          if (choice.token == token) sum += choice.log_probability;
        }
        before.push_back(token);
      }
      EXPECT_NEAR(sum, text.score, 1e-4);
      EXPECT_LE(tokens.size(), 8u);
      EXPECT_TRUE(text.finished || tokens.size() == 8u);
      all.push_back(text.tokens);
    }
    return all;
  };
  EXPECT_EQ(texts(1), texts(1));
  EXPECT_NE(texts(1), texts(2));
}

TEST(Greedy, TakesTheBestTokenEachTime) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    TableScorer scorer = TableScorer::random(seed, 3, kVocabulary);
    const std::vector<Hypothesis> texts = greedy(scorer, 6);
    for (std::int32_t source = 0; source < 3; ++source) {
      Tokens tokens;
      while (tokens.size() < 6) {
        const TokenId best = scorer.continuations(source, tokens, {})[0].token;
        if (best == kEndToken) break;
        tokens.push_back(best);
      }
      EXPECT_EQ(texts[static_cast<std::size_t>(source)].tokens, tokens);
    }
  }
}

TEST(Sampling, RefusesImpossibleOptions) {
  TableScorer scorer = TableScorer::random(1, 1, kVocabulary);
  EXPECT_THROW(sample_text(scorer, {.temperature = -1}), Error);
  EXPECT_THROW(sample_text(scorer, {.temperature = std::nan("")}), Error);
  EXPECT_THROW(sample_text(scorer, {.top_k = 0}), Error);
  EXPECT_THROW(sample_text(scorer, {.top_p = 0}), Error);
  EXPECT_THROW(sample_text(scorer, {.top_p = 1.5}), Error);
  EXPECT_THROW(sample_text(scorer, {.max_length = 0}), Error);
  TableScorer broken(1, kVocabulary, [](std::int32_t, const Tokens&, TokenId) { return std::nan(""); });
  EXPECT_THROW(greedy(broken, 3), Error);
}

TEST(DecodeOptions, ReachTheSearches) {
  DecodeOptions options;
  OptionTable table;
  options.bind(table);
  table.set("decode.beams", "7", "test");
  table.set("decode.length_penalty", "0.5", "test");
  table.set("decode.temperature", "0.8", "test");
  table.set("decode.top_k", "3", "test");
  table.set("decode.max_length", "9", "test");
  table.set("decode.seed", "11", "test");
  EXPECT_EQ(options.item_search(4).beams, 7);
  EXPECT_EQ(options.item_search(4).max_length, 4);
  EXPECT_FLOAT_EQ(options.item_search(4).length_penalty, 0.5f);
  EXPECT_EQ(options.sampling().top_k, 3);
  EXPECT_EQ(options.sampling().max_length, 9);
  EXPECT_EQ(options.sampling().seed, 11u);
  EXPECT_THROW(table.set("decode.beams", "0", "test"), Error);
  ASSERT_NE(table.find_flag("beams"), nullptr);
}

TEST(WriteText, IsGreedyByDefaultAndSearchesWhenAsked) {
  // The likeliest first token leads nowhere: greedy takes it, two beams do not.
  const auto trap = [](std::int32_t, const Tokens& tokens, TokenId token) {
    if (tokens.empty()) return token == 3 ? std::log(0.6) : token == 4 ? std::log(0.4) : -1e9;
    if (tokens.size() == 1 && tokens[0] == 4) return token == kEndToken ? 0.0 : -1e9;
    return token == kEndToken ? 0.1 : 0.0;
  };
  TableScorer scorer(1, kVocabulary, trap);
  EXPECT_THAT(write_text(scorer, {.max_length = 4})[0].tokens, ElementsAre(3));
  EXPECT_THAT(write_text(scorer, {.text_beams = 2, .max_length = 4})[0].tokens, ElementsAre(4));
}

}  // namespace
}  // namespace p5
