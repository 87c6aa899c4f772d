#include "evaluate/answer_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace p5 {
namespace {

using testing::ElementsAre;

std::map<std::string, double> by_name(const std::vector<Score>& scores) {
  std::map<std::string, double> map;
  for (const Score& score : scores) map[score.name] = score.value;
  return map;
}

TEST(AnswerScores, ScoresTexts) {
  const std::vector<WrittenText> texts{{"the tone is warm", "the tone is cold", "tone"},
                                       {"great strap", "great strap", ""}};
  const auto scores = by_name(text_scores(texts));
  EXPECT_NEAR(scores.at("bleu1"), 100 * 5.0 / 6, 1e-9);                     // five of six words
  EXPECT_NEAR(scores.at("bleu2"), 100 * std::sqrt(5.0 / 6 * 3 / 4), 1e-9);  // and three of four pairs
  EXPECT_EQ(scores.at("bleu4"), 0.0);                                       // no run of four words is shared
  EXPECT_NEAR(scores.at("rouge1"), 100 * (0.75 + 1) / 2, 1e-9);
  EXPECT_NEAR(scores.at("rougeL"), 100 * (0.75 + 1) / 2, 1e-9);
  EXPECT_NEAR(scores.at("rouge2"), 100 * (2.0 / 3 + 1) / 2, 1e-9);
  EXPECT_EQ(scores.at("distinct1"), 1.0);
}

TEST(AnswerScores, ScoresExplanations) {
  const std::vector<WrittenText> texts{{"", "warm tone", "tone"}, {"", "warm tone", "strap"}, {"", "a strap", ""}};
  const std::vector<std::string> features{"tone", "strap", "case"};
  const auto scores = by_name(explanation_scores(texts, features));
  EXPECT_NEAR(scores.at("usr"), 2.0 / 3, 1e-9);
  EXPECT_NEAR(scores.at("fmr"), 1.0 / 2, 1e-9);
  EXPECT_NEAR(scores.at("fcr"), 2.0 / 3, 1e-9);
  EXPECT_NEAR(scores.at("div"), 1.0 / 3, 1e-9);
}

TEST(AnswerScores, ExactAnswersAreComparedByTheirWords) {
  const std::vector<WrittenText> texts{{"Like", "like."}, {"a b", "b a"}, {"", ""}, {"x", ""}};
  EXPECT_EQ(exact_score(texts).value, 0.5);
  EXPECT_EQ(exact_score({}).value, 0.0);
}

TEST(AnswerScores, NothingWasWritten) {
  for (const Score& score : text_scores({})) EXPECT_EQ(score.value, 0.0) << score.name;
  const std::vector<WrittenText> empty{{"the tone", "", "tone"}};
  for (const Score& score : text_scores(empty)) EXPECT_EQ(score.value, 0.0) << score.name;
}

TEST(AnswerScores, LeavesOutWhatHasNoValue) {
  EXPECT_EQ(by_name(yes_no_scores({.n = 1, .accuracy = 1})).count("auc"), 0u);
  EXPECT_EQ(by_name(yes_no_scores({.n = 2, .accuracy = 1, .auc = 0.5})).at("auc"), 0.5);
  EXPECT_EQ(by_name(star_scores({.n = 1, .rmse = 1, .mae = 1})).count("r2"), 0u);
}

TEST(AnswerScores, PutsAScoreFirst) {
  std::vector<Score> scores{{"a", 1}, {"b", 2}, {"c", 3}};
  put_first("c", scores);
  put_first("none", scores);
  std::vector<std::string> names;
  for (const Score& score : scores) names.push_back(score.name);
  EXPECT_THAT(names, ElementsAre("c", "a", "b"));
}

}  // namespace
}  // namespace p5
