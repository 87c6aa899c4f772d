#include "train/training_journal.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/logger.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using test::TemporaryFolder;

std::vector<nlohmann::json> records_of(const std::filesystem::path& run) {
  std::istringstream text(read_file(run / "metrics.jsonl"));
  std::vector<nlohmann::json> records;
  for (std::string line; std::getline(text, line);) records.push_back(nlohmann::json::parse(line));
  return records;
}

StepNote note_of(std::int64_t step, double loss) {
  return {.step = step,
          .epoch = 0.1 * static_cast<double>(step),
          .loss = loss,
          .lr = 0.5,
          .row_loss = {1.0f, 3.0f},
          .row_family = {0, 1}};
}

TrainingJournal::Setup setup_of(const TemporaryFolder& run, std::int64_t planned_steps) {
  return {.run = run.path(),
          .planned_steps = planned_steps,
          .resumed_at = std::nullopt,
          .family_names = {"sequential", "rating"},
          .metric = "rating.rmse"};
}

TEST(TrainingJournal, AShortRunHasARecordPerStepAndALongOneMeans) {
  const TemporaryFolder brief, lengthy;
  TrainingJournal each(setup_of(brief, 20)), means(setup_of(lengthy, 4000));
  for (std::int64_t step = 1; step <= 8; ++step) {
    each.step(note_of(step, static_cast<double>(step)));
    means.step(note_of(step, static_cast<double>(step)));
  }
  EXPECT_EQ(records_of(brief.path()).size(), 8u);
  const auto records = records_of(lengthy.path());
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1]["step"], 8);
  EXPECT_EQ(records[1]["loss"], 6.5);  // of steps 5 to 8
  EXPECT_EQ(records[1]["family_loss"]["rating"], 3.0);
}

TEST(TrainingJournal, ValidationsComeAfterTheStepsBeforeThemAndNameTheirMetric) {
  const TemporaryFolder run;
  TrainingJournal journal(setup_of(run, 4000));
  journal.step(note_of(1, 2.0));
  journal.validation({.step = 1, .epoch = 0.1, .value = 1.25, .best = true, .seconds = 3}, 2.0);
  const auto records = records_of(run.path());
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0]["loss"], 2.0);
  EXPECT_EQ(records[1]["validation"], 1.25);
  EXPECT_EQ(records[1]["metric"], "rating.rmse");
  for (const auto& file : std::filesystem::directory_iterator(run / "tensorboard")) {
    EXPECT_NE(read_file(file.path()).find("validation/rating.rmse"), std::string::npos);
  }
}

TEST(TrainingJournal, SavesACheckpointWithTheCallersFiles) {
  const TemporaryFolder run;
  TrainingJournal journal(setup_of(run, 4000));
  EXPECT_EQ(journal.saved_step(), -1);
  journal.step(note_of(1, 2.0));
  TrainerState state;
  state.step = 1;
  journal.save(state, [](const CheckpointWriter& writer) { write_file_atomically(writer.file("weights"), "w"); });
  EXPECT_EQ(journal.saved_step(), 1);
  EXPECT_EQ(records_of(run.path()).size(), 1u);
  const auto checkpoint = Checkpoint::open(run.path());
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(checkpoint->state().step, 1);
  EXPECT_EQ(checkpoint->file("weights").text(), "w");
}

TEST(TrainingJournal, AResumedRunDropsWhatItWillRepeat) {
  const TemporaryFolder run;
  {
    TrainingJournal journal(setup_of(run, 20));
    for (std::int64_t step = 1; step <= 5; ++step) journal.step(note_of(step, 1.0));
  }
  TrainingJournal::Setup setup = setup_of(run, 20);
  setup.resumed_at = 3;
  TrainingJournal journal(setup);
  EXPECT_EQ(journal.saved_step(), 3);
  journal.step(note_of(4, 7.0));
  const auto records = records_of(run.path());
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[3]["loss"], 7.0);
}

TEST(TrainingJournal, AJsonLogHasTheFiguresOfAValidationAsFields) {
  const TemporaryFolder run;
  TrainingJournal journal(setup_of(run, 4000));
  set_log_format(LogFormat::kJson);
  testing::internal::CaptureStderr();
  journal.validation({.step = 7, .epoch = 0.5, .value = 1.25, .best = true, .seconds = 3}, 2.5);
  const auto line = nlohmann::json::parse(testing::internal::GetCapturedStderr());
  set_log_format(LogFormat::kText);
  EXPECT_EQ(line.at("step"), 7);
  EXPECT_EQ(line.at("epoch"), 0.5);
  EXPECT_EQ(line.at("loss"), 2.5);
  EXPECT_EQ(line.at("metric"), "rating.rmse");
  EXPECT_EQ(line.at("value"), 1.25);
  EXPECT_EQ(line.at("best"), true);
}

TEST(TrainingJournal, ShowsSettingsExamplesAndWeightsInTensorBoardAndItsStateToPrometheus) {
  const TemporaryFolder run;
  TrainingJournal::Setup setup = setup_of(run, 20);
  setup.description = {.settings = {{"train.lr", 0.5}}, .examples = {{"rating", "How many stars?"}}};
  setup.metrics_file = (run / "p5.prom").string();
  TrainingJournal journal(setup);
  journal.step(note_of(1, 2.0));
  const std::vector<float> weights = {1, 2};
  journal.weights("shared.weight", histogram_of(weights), 1);
  journal.validation({.step = 1, .epoch = 0.1, .value = 1.25, .best = true, .seconds = 3}, 2.0);
  journal.finish();
  std::string board;
  for (const auto& file : std::filesystem::directory_iterator(run / "tensorboard")) board += read_file(file.path());
  for (const char* part : {"_hparams_/session_start_info", "train.lr", "examples/rating", "How many stars?",
                           "weights/shared.weight", "_hparams_/session_end_info"}) {
    EXPECT_NE(board.find(part), std::string::npos) << part;
  }
  const std::string metrics = read_file(run / "p5.prom");
  EXPECT_NE(metrics.find("p5_train_planned_steps{run=\"" + run.path().string() + "\"} 20\n"), std::string::npos);
  EXPECT_NE(metrics.find("metric=\"rating.rmse\"} 1.25\n"), std::string::npos);
}

}  // namespace
}  // namespace p5
