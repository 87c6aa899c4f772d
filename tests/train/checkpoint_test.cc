#include "train/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TrainerState sample_state(std::int64_t step) {
  TrainerState state;
  state.step = step;
  state.planned_steps = 100;
  state.batches = 2 * step;
  state.seconds = 0.1;
  state.smooth_loss = 1.0 / 3;
  state.early_stopping = {.best = 0.25, .best_step = 4, .stale = 1, .validations = 3};
  state.options = fixed_options(TrainOptions());
  return state;
}

void write_checkpoint(const fs::path& run, std::int64_t step) {
  CheckpointWriter writer(run);
  write_file_atomically(writer.file("weights.bin"), "weights of step " + std::to_string(step));
  writer.commit(sample_state(step));
}

void overwrite(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

// The message of the Error that opening throws; it must name the model's exit code.
std::string opening_fails(const fs::path& run) {
  try {
    Checkpoint::open(run);
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), 4);
    return error.what();
  }
  ADD_FAILURE() << "a damaged checkpoint was opened";
  return {};
}

TEST(Checkpoint, ComesBackAsItWasWritten) {
  const test::TemporaryFolder run;
  EXPECT_FALSE(Checkpoint::open(run.path()).has_value());
  write_checkpoint(run.path(), 7);
  const auto checkpoint = Checkpoint::open(run.path());
  ASSERT_TRUE(checkpoint.has_value());
  const TrainerState& state = checkpoint->state();
  EXPECT_EQ(state.step, 7);
  EXPECT_EQ(state.batches, 14);
  EXPECT_EQ(state.smooth_loss, 1.0 / 3) << "numbers must come back to the last bit";
  EXPECT_EQ(state.early_stopping.best, 0.25);
  EXPECT_EQ(state.early_stopping.validations, 3);
  EXPECT_EQ(state.validated_step, -1);
  EXPECT_TRUE(checkpoint->has("weights.bin"));
  EXPECT_FALSE(checkpoint->has("best.bin"));
  EXPECT_THROW(checkpoint->file("best.bin"), Error);
  EXPECT_EQ(checkpoint->file("weights.bin").text(), "weights of step 7");
}

// What is read is what was verified, also when another program replaces the checkpoint in between.
TEST(Checkpoint, StaysAsItWasOpened) {
  const test::TemporaryFolder run;
  write_checkpoint(run.path(), 7);
  const auto checkpoint = Checkpoint::open(run.path());
  write_checkpoint(run.path(), 8);
  EXPECT_EQ(checkpoint->file("weights.bin").text(), "weights of step 7");
}

TEST(Checkpoint, AFlippedBitInAnyFileIsNamed) {
  const test::TemporaryFolder run;
  for (const char* name : {"weights.bin", "trainer.json"}) {
    write_checkpoint(run.path(), 7);
    const fs::path path = run / "checkpoint" / name;
    const std::string bytes = read_file(path);
    for (std::size_t place = 0; place < bytes.size(); place += 7) {
      if (std::isspace(static_cast<unsigned char>(bytes[place])) != 0) continue;  // between values of the manifest
      std::string damaged = bytes;
      damaged[place] = static_cast<char>(damaged[place] ^ 4);
      overwrite(path, damaged);
      EXPECT_THAT(opening_fails(run.path()), HasSubstr(name)) << place;
    }
    overwrite(path, bytes);
    EXPECT_NO_THROW(Checkpoint::open(run.path()));
  }
}

TEST(Checkpoint, ATruncatedFileIsNamedWithBothSizes) {
  const test::TemporaryFolder run;
  write_checkpoint(run.path(), 7);
  fs::resize_file(run / "checkpoint" / "weights.bin", 5);
  EXPECT_THAT(opening_fails(run.path()),
              ::testing::AllOf(HasSubstr("weights.bin"), HasSubstr("17 bytes"), HasSubstr("got 5")));
  for (const std::uintmax_t size : {0u, 1u, 20u, 200u}) {
    write_checkpoint(run.path(), 7);
    fs::resize_file(run / "checkpoint" / "trainer.json", size);
    EXPECT_THAT(opening_fails(run.path()), HasSubstr("trainer.json"));
  }
}

TEST(Checkpoint, AMissingFileIsNamed) {
  const test::TemporaryFolder run;
  for (const char* name : {"weights.bin", "trainer.json"}) {
    write_checkpoint(run.path(), 7);
    fs::remove(run / "checkpoint" / name);
    EXPECT_THAT(opening_fails(run.path()), HasSubstr(name));
  }
}

TEST(Checkpoint, AnotherVersionIsUnsupported) {
  const test::TemporaryFolder run;
  write_checkpoint(run.path(), 7);
  overwrite(run / "checkpoint" / "trainer.json", R"({"format": "p5-checkpoint", "version": 99})");
  EXPECT_THAT(opening_fails(run.path()), HasSubstr("99"));
}

TEST(Checkpoint, HostileManifestsAreErrors) {
  const test::TemporaryFolder run;
  write_checkpoint(run.path(), 7);
  const std::string deep = std::string(400000, '[') + std::string(400000, ']');  // printing it would end the stack
  for (const std::string& text : std::vector<std::string>{
           R"({"format": "p5-checkpoint", "version": )" + deep + "}", "", "[]", "null", R"({"format": 3})",
           R"({"format": "p5-checkpoint", "version": 1})",
           R"({"format": "p5-checkpoint", "version": 1, "checksum": 5})",
           R"({"format": "p5-checkpoint", "version": 1, "checksum": "0000000000000000", "files": []})", "\xff\xfe"}) {
    overwrite(run / "checkpoint" / "trainer.json", text);
    EXPECT_THAT(opening_fails(run.path()), HasSubstr("trainer.json")) << text;
  }
}

// As a killed program leaves a temporary folder: marked, and not locked. `content` as in AtomicDirectory.
fs::path abandoned_folder(const fs::path& run, const char* content) {
  const fs::path folder = run / "checkpoint.tmp-0123456789abcdef";
  fs::create_directories(folder / content);
  overwrite(folder / ".p5-temporary", "p5-temporary 1\n");
  return folder;
}

// Where names cannot be exchanged, a replacement is two renames; a kill between them leaves only the former checkpoint.
TEST(Checkpoint, TheFormerOneIsPutBackWhenTheProgramDiedBetweenTwoRenames) {
  const test::TemporaryFolder run;
  write_checkpoint(run.path(), 7);
  const fs::path abandoned = abandoned_folder(run.path(), "content");
  fs::rename(run / "checkpoint", abandoned / "former");
  const auto checkpoint = Checkpoint::open(run.path());
  ASSERT_TRUE(checkpoint.has_value());
  EXPECT_EQ(checkpoint->state().step, 7);
  EXPECT_FALSE(fs::exists(abandoned));
}

TEST(Checkpoint, ATornNewOneDoesNotTouchTheFormer) {
  const test::TemporaryFolder run;
  write_checkpoint(run.path(), 7);
  {
    CheckpointWriter torn(run.path());
    write_file_atomically(torn.file("weights.bin"), "half");
  }
  overwrite(abandoned_folder(run.path(), "content") / "content" / "weights.bin", "half");  // as a kill leaves it
  EXPECT_EQ(Checkpoint::open(run.path())->state().step, 7);
}

TEST(Checkpoint, RemoveForgetsLeftoversToo) {
  const test::TemporaryFolder run;
  write_checkpoint(run.path(), 7);
  abandoned_folder(run.path(), "former");
  Checkpoint::remove(run.path());
  EXPECT_FALSE(Checkpoint::open(run.path()).has_value());
  EXPECT_TRUE(fs::is_empty(run.path()));
}

TEST(Checkpoint, OnlyLeftoversThatP5MadeAreRemoved) {
  const test::TemporaryFolder run;
  write_checkpoint(run.path(), 7);
  for (const char* name : {"checkpoint.old-4711", "checkpoint.tmp-4711", "checkpoint.tmp-0123456789abcdef"}) {
    fs::create_directory(run / name);
    overwrite(run / name / "mine.pt", "weights of somebody else");
  }
  Checkpoint::open(run.path());
  write_checkpoint(run.path(), 8);
  Checkpoint::remove(run.path());
  for (const char* name : {"checkpoint.old-4711", "checkpoint.tmp-4711", "checkpoint.tmp-0123456789abcdef"}) {
    EXPECT_TRUE(fs::exists(run / name / "mine.pt")) << name;
  }
}

TEST(Checkpoint, ResumingWithOtherOptionsNamesBothValues) {
  const TrainerState saved = sample_state(7);
  TrainOptions options;
  EXPECT_NO_THROW(require_same_options(saved, options, 100));
  options.minutes = 3;
  options.patience = 99;
  options.validate_every = 0.25;
  options.checkpoint_minutes = 60;
  EXPECT_NO_THROW(require_same_options(saved, options, 100)) << "budgets may change";
  options.optimizer = TrainOptions::Rule::kSgd;
  try {
    require_same_options(saved, options, 100);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), 2);
    EXPECT_THAT(error.what(), ::testing::AllOf(HasSubstr("train.optimizer"), HasSubstr("adamw"), HasSubstr("sgd")));
  }
  EXPECT_THROW(require_same_options(saved, TrainOptions(), 101), Error);
}

TEST(Checkpoint, OptionsThatCameLaterHadTheirDefaults) {
  TrainerState saved = sample_state(7);
  saved.options.erase("train.precision");
  TrainOptions options;
  EXPECT_NO_THROW(require_same_options(saved, options, 100));
  options.precision = TrainOptions::Precision::kBfloat16;
  EXPECT_THROW(require_same_options(saved, options, 100), Error);
}

}  // namespace
}  // namespace p5
