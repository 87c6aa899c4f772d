#include "recommend/answer_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace p5 {
namespace {

TEST(AnswerJson, RecommendationsTellWhoWasAskedAboutAndHow) {
  const std::vector<Recommendation> items{
      {.item = "a", .title = "Item a", .score = -0.5, .source = "p5", .share = 1, .score_kind = "log-probability"}};
  EXPECT_EQ(to_json({.user = "u", .k = 3}, items).dump(),
            R"({"items":[{"item":"a","score":-0.5,"share":1.0,"source":"p5","title":"Item a"}],"k":3,)"
            R"("score_kind":"log-probability","seen":"drop","user":"u"})");
  EXPECT_EQ(to_json({.history = {"b", "a"}, .keep_seen = true}, std::vector<Recommendation>{}).dump(),
            R"({"history":["b","a"],"items":[],"k":10,"seen":"keep"})");
  const std::vector<ItemName> history{{"b", ""}, {"c", "Item c"}};
  EXPECT_EQ(to_json({.user = "u"}, std::vector<Recommendation>{}, {.run = "runs/a", .history = history}).dump(),
            R"({"history":["b","c"],"items":[],"k":10,"run":"runs/a","seen":"drop","user":"u"})");
}

TEST(AnswerJson, TitlesThatThereAreNotAreNull) {
  const std::vector<Recommendation> items{{.item = "a", .title = "", .because = Because{"b", "", 0.5}}};
  EXPECT_EQ(to_json({.user = "u"}, items)["items"][0].dump(),
            R"({"because":{"item":"b","share":0.5,"title":null},"item":"a","score":0.0,"share":0.0,"source":"",)"
            R"("title":null})");
}

TEST(AnswerJson, ExplanationsSayWhereTheyComeFrom) {
  const std::vector<Recommendation> items{
      {.item = "a", .title = "", .explanation = "Good.", .origin = {"quoted", "v", "a", "tone"}}};
  const auto json = to_json({.user = "u"}, items)["items"][0];
  EXPECT_EQ(json["explanation"], "Good.");
  EXPECT_EQ(json["explanation_origin"].dump(), R"({"feature":"tone","item":"a","kind":"quoted","user":"v"})");
  const PromptAnswer quoted{.source = "", .text = "Good.", .origin = {"quoted", "v", "a", "tone"}};
  EXPECT_EQ(to_json(ExplainRequest{.user = "u", .item = "a"}, quoted).dump(),
            R"({"answer":"Good.","item":"a","kind":"quoted","quote":{"feature":"tone","item":"a","user":"v"},)"
            R"("user":"u"})");
}

TEST(AnswerJson, AHybridSaysWhyWithAndWithoutSentences) {
  const std::vector<Recommendation> items{
      {.item = "a", .title = "A", .score = 1, .source = "hybrid", .why = {{"item-knn", 0.75}, {"p5", 0.25}}}};
  for (const bool explain : {false, true}) {
    EXPECT_EQ(to_json({.user = "u", .explain = explain}, items)["items"][0].dump(),
              R"({"item":"a","score":1.0,"share":0.0,"source":"hybrid","title":"A",)"
              R"("why":[{"share":0.75,"source":"item-knn"},{"share":0.25,"source":"p5"}]})");
  }
}

TEST(AnswerJson, StarsComeWithTheirProbabilities) {
  const PredictedRating stars{
      .stars = 4.5, .levels = {1, 2, 3, 4, 5}, .probability = {0, 0, 0, 0.5, 0.5}, .scale = "1 to 5"};
  EXPECT_EQ(to_json(PredictRequest{.item = "a", .user = "u"}, ItemName{"a", "Item a"}, stars).dump(),
            R"({"item":"a","levels":[1.0,2.0,3.0,4.0,5.0],"probabilities":[0.0,0.0,0.0,0.5,0.5],)"
            R"("scale":"1 to 5","stars":4.5,"title":"Item a","user":"u"})");
  const PromptAnswer headline{.source = "s", .text = "t", .prompt_id = "4-1"};
  EXPECT_EQ(to_json(headline, std::optional(stars)).dump(),
            R"({"answer":"t","levels":[1.0,2.0,3.0,4.0,5.0],"probabilities":[0.0,0.0,0.0,0.5,0.5],"prompt":"4-1",)"
            R"("scale":"1 to 5","source":"s","stars":4.5})");
  EXPECT_EQ(to_json(headline, std::optional<PredictedRating>()).dump(),
            R"({"answer":"t","prompt":"4-1","source":"s"})");
}

TEST(AnswerJson, AnswersOfPromptsLeaveOutWhatThereIsNot) {
  EXPECT_EQ(to_json(PromptAnswer{.source = "s", .text = "t"}).dump(), R"({"answer":"t","source":"s"})");
  const PromptAnswer tried{
      .source = "s", .text = "yes", .prompt_id = "1-2", .target = "no", .choices = {{"yes", 0.75}, {"no", 0.25}}};
  EXPECT_EQ(to_json(tried).dump(), R"({"answer":"yes","choices":[{"probability":0.75,"text":"yes"},)"
                                   R"({"probability":0.25,"text":"no"}],"prompt":"1-2","source":"s","target":"no"})");
  EXPECT_EQ(to_json(ExplainRequest{.user = "u", .item = "a"}, PromptAnswer{.source = "s", .text = "t"}).dump(),
            R"({"answer":"t","item":"a","source":"s","user":"u"})");
  EXPECT_EQ(to_json(ExplainRequest{.user = "u", .item = "a", .feature = "f"}, PromptAnswer{.source = "s", .text = "t"})
                .dump(),
            R"({"answer":"t","feature":"f","item":"a","source":"s","user":"u"})");
}

TEST(AnswerJson, ItemsThatAnswerAPromptHaveKeyAndTitle) {
  const PromptAnswer answer{.source = "after item_1",
                            .text = "B (b)",
                            .choices = {{"B (b)", 0.5, "b", "B"}, {"c", 0.25, "c", ""}},
                            .mentioned = {{"a", "", "item_1"}}};
  EXPECT_EQ(to_json(answer).dump(),
            R"x({"answer":"B (b)","choices":[{"item":"b","probability":0.5,"text":"B (b)","title":"B"},)x"
            R"x({"item":"c","probability":0.25,"text":"c","title":null}],)x"
            R"x("mentioned":[{"item":"a","name":"item_1","title":null}],"source":"after item_1"})x");
}

}  // namespace
}  // namespace p5
