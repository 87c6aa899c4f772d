#include "pipeline/automatic_settings.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "pipeline/run_config.h"

namespace p5 {
namespace {

struct Bound {
  Bound() { config.bind(table); }
  std::string value(const char* key) const { return table.find(key)->print(); }

  RunConfig config;
  OptionTable table;
};

TEST(AutomaticSettings, AreOptionsWithValuesInRangeForCorporaOfAllSizes) {
  for (const std::size_t users : {1u, 100u, 40000u}) {
    for (const std::size_t items : {2u, 900u, 50000u}) {
      for (const std::size_t reviews : {0u, 1u, 1000000u}) {
        Bound run;
        apply_automatic_settings({.users = users, .items = items, .events = 7 * users, .reviews = reviews}, run.table);
        EXPECT_EQ(run.value("evidence.source"), "\"item-knn\"");
        EXPECT_EQ(run.value("task.rating_samples"), reviews > 0 ? "1" : "0");
        EXPECT_EQ(run.table.find("task.batch_tokens")->origin, "automatic");
      }
    }
  }
}

TEST(AutomaticSettings, HybridIdsAreOneLevelOfGroupsAndItemsOfHistoriesTheirOwnToken) {
  for (const std::string scheme : {"hybrid", "kmeans-tree", "independent"}) {
    for (const std::size_t items : {50u, 2400u, 100000u}) {
      Bound run;
      run.table.set("index.scheme", '"' + scheme + '"', "command line");
      apply_automatic_settings({.users = 100, .items = items, .events = 900}, run.table);
      EXPECT_EQ(run.value("task.short_items"), scheme == "hybrid" ? "true" : "false");
      const std::string groups = items == 2400 ? "100" : "512";
      EXPECT_EQ(run.value("index.clusters"), scheme == "hybrid" && items > 50 ? groups : "20");
    }
  }
}

TEST(AutomaticSettings, NameThePromptsOfACollectionOfOnesOwn) {
  const PromptLibrary own = PromptLibrary::parse(R"(
    [[prompt]]
    id = "late"
    family = "sequential"
    task = "next-item"
    held_out = true
    source = "{history} and?"
    target = "{item}"
    [[prompt]]
    id = "shop-1"
    family = "sequential"
    task = "next-item"
    source = "After {history}:"
    target = "{item}"
  )",
                                                 "own.toml");
  for (const bool automatic : {true, false}) {
    Bound run;
    if (automatic) {
      apply_automatic_settings({.users = 100, .items = 50, .events = 900, .reviews = 900}, run.table);
      EXPECT_EQ(run.value("task.rating_samples"), "1");
    }
    fit_to_own_prompts(own, run.config, run.table);
    EXPECT_EQ(run.value("decode.sequential_prompt"), "\"shop-1\"");
    EXPECT_EQ(run.value("decode.direct_prompt"), "\"shop-1\"");
    EXPECT_EQ(run.value("task.rating_samples"), "0");
    EXPECT_EQ(run.value("task.direct_samples"), "0");
    EXPECT_EQ(run.value("task.prompts"), "[]");
    EXPECT_EQ(run.value("task.shares"), "[]");
  }
  // What somebody set stays, so that its error is about it.
  Bound run;
  run.table.set("decode.sequential_prompt", "\"2-1\"", "--set");
  run.table.set("task.rating_samples", "2", "--set");
  fit_to_own_prompts(own, run.config, run.table);
  EXPECT_EQ(run.value("decode.sequential_prompt"), "\"2-1\"");
  EXPECT_EQ(run.value("task.rating_samples"), "2");
}

TEST(AutomaticSettings, LeaveWhatSomebodySet) {
  Bound run;
  run.table.set("model.d_model", "48", "--set");
  run.table.set("task.rating_samples", "0", "--set");
  apply_automatic_settings({.users = 100, .items = 50, .events = 900, .reviews = 900}, run.table);
  EXPECT_EQ(run.value("model.d_model"), "48");
  EXPECT_EQ(run.table.find("model.d_model")->origin, "--set");
  EXPECT_EQ(run.value("task.rating_samples"), "0");
  EXPECT_EQ(run.value("task.shares"), "[]");  // no share of a family that is off
}

TEST(AutomaticSettings, ItemTokensBeginWithAnEncodersVectorsWhereThereAreHistoriesAndWidthsAgree) {
  CorpusTraits traits{.users = 100, .items = 50, .events = 900};
  Bound none, some, narrow;
  apply_automatic_settings(traits, none.table);
  EXPECT_EQ(none.value("train.item_vectors"), "\"\"");
  traits.histories = true;
  apply_automatic_settings(traits, some.table);
  EXPECT_EQ(some.value("train.item_vectors"), "\"encoder\"");
  EXPECT_EQ(some.value("model.d_model"), some.value("encoder.width"));
  narrow.table.set("model.d_model", "48", "--set");
  apply_automatic_settings(traits, narrow.table);
  EXPECT_EQ(narrow.value("train.item_vectors"), "\"\"");
}

TEST(AutomaticSettings, AnswersHaveRoomForIdsOfSeveralTokens) {
  Bound one, several;
  apply_automatic_settings({.users = 100, .items = 50, .events = 900}, one.table);
  several.table.set("index.scheme", "hybrid", "--set");
  apply_automatic_settings({.users = 100, .items = 50, .events = 900}, several.table);
  EXPECT_EQ(one.value("task.max_target"), "64");
  EXPECT_EQ(several.value("task.max_target"), "512");
}

TEST(AutomaticSettings, GroupsAreMadeOfTheVectorsThatTheRunsOwnEncoderLearns) {
  const auto views_of = [](const char* scheme, bool histories, std::size_t items = 12000) {
    Bound run;
    run.table.set("index.scheme", scheme, "--set");
    apply_automatic_settings({.users = 9000, .items = items, .events = 90000, .histories = histories}, run.table);
    return run.value("index.vectors");
  };
  EXPECT_EQ(views_of("hybrid", true), "[\"encoder\"]");
  EXPECT_EQ(views_of("residual", true), "[\"encoder\"]");
  EXPECT_EQ(views_of("residual", false), "[]") << "no encoder is trained";
  EXPECT_EQ(views_of("residual", true, 900), "[]") << "counts and texts say more about few items";
  EXPECT_EQ(views_of("collaborative", true), "[]");
  EXPECT_EQ(views_of("independent", true), "[]");
}

TEST(AutomaticSettings, ValidationsOfLargeLogsAskSomeUsers) {
  Bound small, large;
  apply_automatic_settings({.users = 20000, .items = 12000, .events = 90000}, small.table);
  apply_automatic_settings({.users = 36000, .items = 40000, .events = 900000}, large.table);
  EXPECT_EQ(small.value("train.validate_users"), "0");
  EXPECT_EQ(large.value("train.validate_users"), "7500");
}

TEST(AutomaticSettings, MinutesAreSharedBetweenEncoderAndModel) {
  const auto minutes = [](const char* budget, std::size_t events) {
    Bound run;
    if (budget != nullptr) run.table.set("train.minutes", budget, "--minutes");
    apply_automatic_settings({.users = 900, .items = 500, .events = events}, run.table);
    return std::vector<std::string>{run.value("train.minutes"), run.value("train.own_minutes"),
                                    run.value("encoder.max_minutes")};
  };
  EXPECT_EQ(minutes(nullptr, 9000), (std::vector<std::string>{"10.0", "5.0", "2.0"}));
  EXPECT_EQ(minutes(nullptr, 900000), (std::vector<std::string>{"10.0", "5.0", "4.0"}));
  EXPECT_EQ(minutes("30", 9000), (std::vector<std::string>{"30.0", "15.0", "6.0"}));
  EXPECT_EQ(minutes("0", 9000), (std::vector<std::string>{"0.0", "0.0", "0.0"})) << "no limit";
}

TEST(AutomaticSettings, ShortLogsFuseMoreEncoders) {
  const auto sources = [](std::size_t events) {
    Bound run;
    apply_automatic_settings({.users = 900, .items = 500, .events = events}, run.table);
    return run.value("hybrid.sources");
  };
  EXPECT_NE(sources(9000).find("\"sasrec\""), std::string::npos);
  EXPECT_NE(sources(9000).find("\"encoder#2\""), std::string::npos);
  EXPECT_EQ(sources(90000).find("\"sasrec\""), std::string::npos);
  EXPECT_NE(sources(90000).find("\"encoder#2\""), std::string::npos);
  EXPECT_EQ(sources(900000).find("\"encoder#2\""), std::string::npos);
}

TEST(AutomaticSettings, LargeCatalogsAreNotFitDensely) {
  Bound small, large;
  apply_automatic_settings({.users = 100, .items = 500, .events = 900}, small.table);
  apply_automatic_settings({.users = 100, .items = 50000, .events = 900}, large.table);
  EXPECT_NE(small.value("hybrid.sources").find("ridge"), std::string::npos);
  EXPECT_EQ(large.value("hybrid.sources").find("ridge"), std::string::npos);
}

TEST(AutomaticSettings, ApplyUnlessAConfigurationFileIsGiven) {
  Bound run;
  EXPECT_TRUE(wants_automatic_settings(run.table));
  run.table.set("train.lr", "0.01", "--set");
  EXPECT_TRUE(wants_automatic_settings(run.table));
  run.table.set("train.epochs", "3", "my.toml:4");
  EXPECT_FALSE(wants_automatic_settings(run.table));
  run.table.set("train.automatic", "on", "--set");
  EXPECT_TRUE(wants_automatic_settings(run.table));
  run.table.set("train.automatic", "off", "--set");
  EXPECT_FALSE(wants_automatic_settings(run.table));
}

}  // namespace
}  // namespace p5
