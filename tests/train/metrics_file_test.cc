#include "train/metrics_file.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MetricsFile, EveryMetricHasItsTypeAndLabels) {
  const std::string text = prometheus_text(
      {.step = 30, .planned_steps = 100, .loss = 2.5, .metric = "sequential.ndcg@10", .validation = 0.25}, "a \"b\"",
      true);
  EXPECT_THAT(text, HasSubstr("# TYPE p5_train_steps gauge\np5_train_steps{run=\"a \\\"b\\\"\"} 30\n"));
  EXPECT_THAT(text, HasSubstr("p5_train_loss{run=\"a \\\"b\\\"\"} 2.5\n"));
  EXPECT_THAT(text, HasSubstr("p5_train_validation{run=\"a \\\"b\\\"\",metric=\"sequential.ndcg@10\"} 0.25\n"));
  EXPECT_THAT(text, Not(HasSubstr("best_validation"))) << "not known";
  EXPECT_THAT(text, HasSubstr("p5_train_running{run=\"a \\\"b\\\"\"} 1\n"));
}

TEST(MetricsFile, IsReplacedRarelyUnlessItMatters) {
  const test::TemporaryFolder folder;
  const auto path = folder / "p5.prom";
  {
    MetricsFile file(path, "run");
    file.update({.step = 1});
    file.update({.step = 2});
    EXPECT_THAT(read_file(path), HasSubstr("p5_train_steps{run=\"run\"} 1\n")) << "ten seconds have not passed";
    file.update({.step = 3}, true);
    EXPECT_THAT(read_file(path), HasSubstr("p5_train_steps{run=\"run\"} 3\n"));
  }
  EXPECT_THAT(read_file(path), HasSubstr("p5_train_running{run=\"run\"} 0\n"));
}

TEST(MetricsFile, WithoutAPathNothingIsWrittenAndABadOneStopsNothing) {
  MetricsFile none("", "run");
  none.update({.step = 1});
  MetricsFile bad("/no/such/folder/p5.prom", "run");
  EXPECT_NO_THROW(bad.update({.step = 1}));
}

}  // namespace
}  // namespace p5
