#include "online/live_evaluation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace p5 {
namespace {

using Shown = std::vector<LiveEvaluation::ShownItem>;

void answer(LiveEvaluation& live, const std::string& id, std::int64_t time_ms, const Shown& items,
            std::int64_t version = 1) {
  live.answered({.request_id = id, .model = "m", .version = version, .time_ms = time_ms, .history = 3}, items);
}

FeedbackEvent click(const std::string& item, const std::string& request, const std::string& type = "click") {
  return {.id = item + request, .user = "u", .item = item, .type = type, .time_ms = 1000, .request_id = request};
}

const Shown kList{{"a", 0.5}, {"b", 0.3}, {"c", 0.2}};

TEST(LiveEvaluation, JoinsFeedbackWithListsByRequest) {
  LiveEvaluation live({.window = 10, .delay_ms = 100, .least = 1});
  answer(live, "r1", 1000, kList);
  answer(live, "r2", 1000, kList);
  answer(live, "r3", 1000, kList);
  answer(live, "r1", 1000, kList);                   // sent again
  live.heard(click("b", "r1"), 1050);                // place 2
  live.heard(click("c", "r1"), 1050);                // a later place of the same list
  live.heard(click("z", "r2"), 1050);                // not shown
  live.heard(click("a", "r2", "impression"), 1050);  // no sign of interest
  live.heard(click("a", "other"), 1050);
  EXPECT_EQ(live.figures(1050).lists, 0U) << "users had no time yet";
  EXPECT_EQ(live.figures(1050).waiting, 3U);
  const LiveEvaluation::Figures figures = live.figures(1100);
  EXPECT_EQ(figures.lists, 3U);
  EXPECT_EQ(figures.waiting, 0U);
  EXPECT_EQ(figures.joined, 3U);
  EXPECT_EQ(figures.strangers, 1U);
  EXPECT_NEAR(figures.metric("hit_rate").value(), 1.0 / 3, 1e-12);
  EXPECT_NEAR(figures.metric("mrr").value(), 0.5 / 3, 1e-12);
  live.heard(click("a", "r1"), 1200);  // better than place 2, after the list counted
  EXPECT_NEAR(live.figures(1200).metric("mrr").value(), 1.0 / 3, 1e-12);
  EXPECT_NEAR(live.figures(1200).metric("hit_rate").value(), 1.0 / 3, 1e-12);
}

TEST(LiveEvaluation, ListsOlderThanTheWindowCountNoMore) {
  LiveEvaluation live({.window = 4, .delay_ms = 0, .least = 1});
  live.compare_with({.catalogue = 8});
  for (int i = 0; i < 4; ++i) {
    answer(live, "old" + std::to_string(i), i, {{"x", 1}});
    live.heard(click("x", "old" + std::to_string(i)), i);
  }
  EXPECT_EQ(live.figures(10).metric("hit_rate"), 1.0);
  EXPECT_EQ(live.figures(10).metric("coverage"), 1.0 / 8);
  EXPECT_EQ(live.figures(10).models.size(), 1U);
  for (int i = 0; i < 3; ++i) answer(live, "new" + std::to_string(i), 20, kList, 2);
  EXPECT_EQ(live.figures(30).metric("hit_rate"), 0.25);
  EXPECT_EQ(live.figures(30).metric("coverage"), 4.0 / 8);
  ASSERT_EQ(live.figures(30).models.size(), 2U);
  EXPECT_EQ(live.figures(30).models[1].hit_rate, 0);
  answer(live, "new3", 20, kList, 2);
  EXPECT_EQ(live.figures(30).models.size(), 1U) << "the first version answered nothing of the window";
  EXPECT_EQ(live.figures(30).metric("coverage"), 3.0 / 8);
  live.heard(click("x", "old0"), 30);
  EXPECT_EQ(live.figures(30).strangers, 1U);
}

TEST(LiveEvaluation, ManyListsCountBeforeTheirTime) {
  LiveEvaluation live({.window = 10, .delay_ms = 1'000'000, .least = 1});
  for (int i = 0; i < 25; ++i) answer(live, std::to_string(i), 0, kList);
  EXPECT_EQ(live.figures(0).lists, 5U);
  EXPECT_EQ(live.figures(0).waiting, 5U);
}

TEST(LiveEvaluation, CalibrationComparesSharesWithWhatIsTaken) {
  LiveEvaluation live({.window = 100, .delay_ms = 0, .least = 10});
  // Of ten lists, the first item is taken six times and the second four times, as the shares say.
  const Shown list{{"a", 0.6}, {"b", 0.4}};
  for (int i = 0; i < 10; ++i) {
    answer(live, std::to_string(i), 0, list);
    live.heard(click(i < 6 ? "a" : "b", std::to_string(i)), 0);
  }
  EXPECT_NEAR(live.figures(1).metric("calibration_error").value(), 0, 1e-6);
  EXPECT_EQ(live.figures(1).calibration[6].items, 10U);  // shares of 0.3 to 0.5
  EXPECT_NEAR(live.figures(1).calibration[6].taken, 0.4, 1e-9);
  // Ten more of which the second is always taken: 6 of 20 for 0.6, 14 of 20 for 0.4.
  for (int i = 10; i < 20; ++i) {
    answer(live, std::to_string(i), 0, list);
    live.heard(click("b", std::to_string(i)), 0);
  }
  EXPECT_NEAR(live.figures(1).metric("calibration_error").value(), 0.3, 1e-6);
}

TEST(LiveEvaluation, FiguresOfTooLittleAreNone) {
  LiveEvaluation live({.window = 100, .delay_ms = 0, .least = 3});
  live.compare_with({.catalogue = 8, .histories = std::vector<double>(LiveEvaluation::kHistoryBins, 1)});
  for (int i = 0; i < 2; ++i) answer(live, std::to_string(i), 0, kList);
  for (const std::string_view name : LiveEvaluation::metric_names()) {
    EXPECT_FALSE(live.figures(1).metric(name)) << name;
  }
  answer(live, "2", 0, kList);
  EXPECT_EQ(live.figures(1).metric("hit_rate"), 0);
  EXPECT_TRUE(live.figures(1).metric("history_drift"));
  EXPECT_FALSE(live.figures(1).metric("calibration_error")) << "no list had a hit";
}

TEST(LiveEvaluation, DriftIsOfHistoriesAndEvents) {
  LiveEvaluation live({.window = 1000, .delay_ms = 0, .least = 1});
  std::vector<double> lengths(LiveEvaluation::kHistoryBins, 0);
  lengths[LiveEvaluation::history_bin(3)] = 1000;
  live.compare_with({.histories = lengths,
                     .popularity = {500, 500},
                     .categories = {1000, 0},
                     .popularity_names = {"head", "tail"},
                     .category_names = {"guitars", "none"},
                     .bins_of = [](const std::string& item) {
                       return LiveReference::ItemBins{static_cast<std::uint8_t>(item == "tail"), {0}};
                     }});
  for (int i = 0; i < 500; ++i) {
    answer(live, std::to_string(i), 0, kList);
    live.heard(click("tail", ""), 0);
  }
  EXPECT_LT(live.figures(1).metric("history_drift").value(), 0.01);
  EXPECT_LT(live.figures(1).metric("category_drift").value(), 0.01);
  EXPECT_GT(live.figures(1).metric("popularity_drift").value(), 2);
  EXPECT_EQ(live.figures(1).drifts[1].names[1], "tail");
  EXPECT_EQ(live.figures(1).drifts[1].bins[1].live, 1);
}

TEST(LiveEvaluation, HistoriesFallIntoBinsThatDouble) {
  const std::vector<std::pair<std::size_t, std::string>> rows{
      {0, "0"}, {1, "1"}, {2, "2"}, {3, "3-4"}, {4, "3-4"}, {5, "5-8"}, {64, "33-64"}, {65, "65+"}, {9999, "65+"}};
  for (const auto& [length, name] : rows) {
    EXPECT_EQ(LiveEvaluation::history_bin_name(LiveEvaluation::history_bin(length)), name) << length;
  }
}

}  // namespace
}  // namespace p5
