#include <gtest/gtest.h>

#include "p5/error.h"
#include "support/temporary_folder.h"
#include "train/trainer.h"

namespace p5 {
namespace {

TEST(TrainOptions, FlagsAndKeysReachTheFields) {
  TrainOptions options;
  OptionTable table;
  options.bind(table);
  for (const char* flag : {"lr", "epochs", "max-steps", "minutes", "patience", "seed"}) {
    EXPECT_NE(table.find_flag(flag), nullptr) << flag;
  }
  table.set("train.lr", "3e-4", "test");
  table.set("train.optimizer", "sgd", "test");
  table.set("train.seed", "9223372036854775807", "test");
  EXPECT_EQ(options.lr, 3e-4);
  EXPECT_EQ(options.optimizer, TrainOptions::Rule::kSgd);
  EXPECT_EQ(options.seed, 9223372036854775807u);
  for (const OptionRow& row : table.rows()) EXPECT_FALSE(row.info.help.empty()) << row.key;
}

TEST(TrainOptions, RangesAndChoicesAreChecked) {
  TrainOptions options;
  OptionTable table;
  options.bind(table);
  EXPECT_THROW(table.set("train.lr", "0", "test"), Error);
  EXPECT_THROW(table.set("train.beta2", "1.0", "test"), Error);
  EXPECT_THROW(table.set("train.accumulate", "0", "test"), Error);
  EXPECT_THROW(table.set("train.seed", "-1", "test"), Error);
  EXPECT_THROW(table.set("train.optimizer", "lion", "test"), Error);
  EXPECT_THROW(table.set("train.schedule", "stairs", "test"), Error);
}

TEST(TrainOptions, AnUnknownScheduleIsAUsageErrorThatNamesIt) {
  TrainOptions options;
  OptionTable table;
  options.bind(table);
  try {
    table.set("train.schedule", "stairs", "test");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), 2);
    EXPECT_NE(std::string(error.what()).find("stairs"), std::string::npos);
  }
}

TEST(TrainOptions, TheDefaultsPassTheirOwnRanges) {
  TrainOptions options;
  OptionTable table;
  options.bind(table);
  for (const OptionRow& row : table.rows()) {
    const std::string value = row.print();
    const std::string bare = row.type == OptionType::kText ? value.substr(1, value.size() - 2) : value;
    EXPECT_NO_THROW(table.set(row.key, bare, "test")) << row.key << " = " << value;
  }
}

}  // namespace
}  // namespace p5
