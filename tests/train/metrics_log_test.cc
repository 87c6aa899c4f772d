#include "train/metrics_log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "base/file.h"
#include "support/temporary_folder.h"
#include "train/metrics_window.h"

namespace p5 {
namespace {

std::vector<nlohmann::json> lines_of(const std::filesystem::path& path) {
  std::istringstream text(read_file(path));
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

StepRecord record_of(std::int64_t step, double loss) {
  StepRecord record;
  record.step = step;
  record.loss = loss;
  return record;
}

TEST(MetricsLog, WritesOneObjectALine) {
  const test::TemporaryFolder folder;
  MetricsLog log(folder / "metrics.jsonl", -1);
  StepRecord record = record_of(3, 2);
  record.family_loss = {{"rating", 1.5}};
  record.lr = 1e-3;
  log.append(record);
  log.append(ValidationRecord{.step = 3, .epoch = 0.5, .value = 0.04, .best = true, .seconds = 9}, "rating.rmse");
  const auto lines = lines_of(folder / "metrics.jsonl");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["loss"], 2.0);
  EXPECT_EQ(lines[0]["family_loss"]["rating"], 1.5);
  EXPECT_EQ(lines[0]["lr"], 1e-3);
  EXPECT_EQ(lines[1]["validation"], 0.04);
  EXPECT_EQ(lines[1]["metric"], "rating.rmse");
  EXPECT_EQ(lines[1]["best"], true);
}

TEST(MetricsLog, ResumingDropsWhatWillBeRepeatedAndATornLine) {
  const test::TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  {
    MetricsLog log(path, -1);
    for (std::int64_t step = 1; step <= 5; ++step) log.append(record_of(step, 1));
  }
  write_file_atomically(path, read_file(path) + "rubbish\n[1]\n{\"step\":\"2\"}\n{\"step\":1,\"lo");
  MetricsLog log(path, 3);
  log.append(record_of(4, 7));
  const auto lines = lines_of(path);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[2]["step"], 3);
  EXPECT_EQ(lines[3]["loss"], 7.0);
}

TEST(MetricsLog, AFreshRunStartsEmpty) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "metrics.jsonl", "{\"step\":0}\n");
  const MetricsLog log(folder / "metrics.jsonl", -1);
  EXPECT_EQ(read_file(folder / "metrics.jsonl"), "");
}

TEST(MetricsWindow, GivesMeansByFamilyAndStartsAnew) {
  MetricsWindow window({"rating", "sequential"});
  window.add_rows(std::vector<float>{1, 2, 6}, std::vector<std::int16_t>{0, 1, 1});
  window.add_rows(std::vector<float>{3, 9, 9}, std::vector<std::int16_t>{0, -1, 7});
  window.add_step(2, 10, {.tokens = 100, .padded_tokens = 150, .seconds = 0.5, .waited = 0.1});
  window.add_step(4, 20, {.tokens = 300, .padded_tokens = 350, .seconds = 1.5, .waited = 0.3});
  const StepRecord record = window.take();
  EXPECT_EQ(record.loss, 3);
  EXPECT_EQ(record.grad_norm, 15);
  EXPECT_EQ(record.tokens_per_second, 200);
  EXPECT_DOUBLE_EQ(record.padding, 0.2);
  EXPECT_DOUBLE_EQ(record.waiting, 0.2);
  EXPECT_EQ(record.family_loss,
            (std::map<std::string, double>{{"rating", 2}, {"sequential", 4}, {"family 7", 9}, {"family -1", 9}}));
  EXPECT_EQ(window.steps(), 0);
  const StepRecord empty = window.take();
  EXPECT_TRUE(empty.family_loss.empty());
  EXPECT_EQ(empty.padding, 0);
  EXPECT_EQ(empty.tokens_per_second, 0);
}

}  // namespace
}  // namespace p5
