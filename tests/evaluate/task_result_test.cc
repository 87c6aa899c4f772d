#include "evaluate/task_result.h"

#include <gtest/gtest.h>

#include "p5/error.h"

namespace p5 {
namespace {

TEST(TaskResult, FindsScoresByName) {
  const TaskResult result{.task = "rating", .scores = {{"rmse", 1.5}, {"mae", 0.5}}};
  EXPECT_EQ(result.value("mae"), 0.5);
  EXPECT_EQ(result.find("r2"), nullptr);
  try {
    result.value("r2");
    FAIL() << "a score that was not measured has a value";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "rating: no such score: expected one of rmse, mae, got r2");
  }
}

TEST(TaskResult, FindsResultsByTaskAndPart) {
  const TaskResults results{{.task = "sequential", .part = "keep"}, {.task = "sequential"}, {.task = "direct"}};
  EXPECT_EQ(find_result(results, "sequential", "keep"), &results[0]);
  EXPECT_EQ(find_result(results, "sequential"), &results[1]);
  EXPECT_EQ(find_result(results, "direct", "keep"), nullptr);
}

TEST(TaskResult, ShowsScoresOutOf100WithTwoDecimals) {
  EXPECT_EQ(to_text({.name = "bleu4", .value = 12.5}), "12.50");
  EXPECT_EQ(to_text({.name = "rougeL", .value = 1}), "1.00");
  EXPECT_EQ(to_text({.name = "hr@10", .value = 0.5}), "0.5000");
  EXPECT_EQ(to_text({.name = "distinct", .value = 19.5}), "19.5");
  EXPECT_EQ(to_text({.name = "distinct1", .value = 0.5}), "0.5000");
}

}  // namespace
}  // namespace p5
