#include "pipeline/zero_shot_stage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace p5 {
namespace {

using testing::HasSubstr;
using testing::Not;

ZeroShotReport example() {
  ZeroShotReport report{.run = "runs/toys", .trained_on = "Toys", .corpus = "Beauty", .split = "test"};
  report.rows.push_back({"Z-1",
                         "zero-shot",
                         "like-dislike",
                         {.n = 5, .of = 90, .scores = {{"accuracy", 0.8}, {"f1", 0.75}}},
                         "majority",
                         {.n = 5, .of = 90, .scores = {{"accuracy", 0.6}, {"f1", 0.5}, {"auc", 0.5}}}});
  report.rows.push_back({"Z-5",
                         "zero-shot",
                         "explain",
                         {.hint = "none", .n = 4, .of = 4, .scores = {{"bleu4", 12.25}}},
                         "random-sentence",
                         {.n = 4, .of = 4, .scores = {{"bleu4", 1.0}}}});
  return report;
}

TEST(ZeroShotReport, JsonHoldsPromptsBesideTheirBaselines) {
  const auto json = example().to_json();
  EXPECT_EQ(json["trained_on"], "Toys");
  EXPECT_EQ(json["prompts"][0].dump(), R"({"id":"Z-1","family":"zero-shot","task":"like-dislike","n":5,"of":90,)"
                                       R"("accuracy":0.8,"f1":0.75,"baseline":{"name":"majority","accuracy":0.6,)"
                                       R"("f1":0.5,"auc":0.5}})");
  EXPECT_EQ(json["prompts"][1]["hint"], "none");
}

TEST(ZeroShotReport, TableHoldsOneSectionAKindOfAnswer) {
  const std::string table = example().to_table();
  EXPECT_THAT(table, HasSubstr("runs/toys, trained on Toys, asked about Beauty, test split"));
  EXPECT_THAT(table, HasSubstr("accuracy      f1     auc"));
  EXPECT_THAT(table, HasSubstr("Z-5 (zero-shot, explain, hint: none)  12.25"));
  EXPECT_THAT(table, HasSubstr("  random-sentence"));
  EXPECT_THAT(table, Not(HasSubstr("hint: )")));
}

}  // namespace
}  // namespace p5
