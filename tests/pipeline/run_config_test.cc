#include "pipeline/run_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "base/file.h"
#include "p5/error.h"
#include "pipeline/evaluate_stage.h"
#include "support/temporary_folder.h"
#include "task/task_world.h"

namespace p5 {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct BoundConfig {
  BoundConfig() { config.bind(table); }
  RunConfig config;
  OptionTable table;
};

TEST(RunConfig, EveryRowHasHelpAndAFlagOfItsOwn) {
  const BoundConfig bound;
  std::set<std::string> keys, flags;
  for (const OptionRow& row : bound.table.rows()) {
    EXPECT_GT(row.info.help.size(), 5u) << row.key;
    EXPECT_TRUE(keys.insert(row.key).second) << row.key << " is named twice";
    EXPECT_NE(row.key.find('.'), std::string::npos) << row.key;
    EXPECT_TRUE(row.info.flag.empty() || flags.insert(row.info.flag).second) << "--" << row.info.flag;
  }
  EXPECT_GT(keys.size(), 60u);
}

// Another value of the same type that the row accepts.
std::string other_value(const OptionRow& row) {
  const std::string now = row.print();
  if (!row.info.choices.empty() && row.type != OptionType::kTextList) {
    for (const std::string& choice : row.info.choices) {
      if (now.find(choice) == std::string::npos) return choice;
    }
  }
  switch (row.type) {
    case OptionType::kBoolean:
      return now == "true" ? "false" : "true";
    case OptionType::kInteger:
      return std::to_string(std::stoll(now) < row.info.maximum ? std::stoll(now) + 1 : std::stoll(now) - 1);
    case OptionType::kReal:
      return std::to_string(std::stod(now) + 0.01 <= row.info.maximum ? std::stod(now) + 0.01 : std::stod(now) - 0.01);
    case OptionType::kText:
      return "\"a \\\"quoted\\\" \\\\ text\\nof \xc3\xa9\"";
    case OptionType::kTextList:
      if (std::isfinite(row.info.minimum)) return "[3, 7]";  // of whole numbers
      return row.info.choices.empty() ? "[\"one\", \"two, \\\"three\\\"\"]" : "[\"" + row.info.choices.front() + "\"]";
  }
  return {};
}

TEST(RunConfig, TomlReadsBackAsTheSameConfiguration) {
  BoundConfig written, read;
  for (const OptionRow& row : written.table.rows()) {
    const std::string before = row.print();
    written.table.set(row.key, other_value(row), "test");
    EXPECT_NE(row.print(), before) << row.key;
  }
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "config.toml", written.table.to_toml());
  read.table.load_toml_file(folder / "config.toml");
  EXPECT_EQ(read.table.to_toml(), written.table.to_toml());
  for (const OptionRow& row : read.table.rows()) EXPECT_THAT(row.origin, HasSubstr("config.toml:")) << row.key;
  EXPECT_EQ(read.config.task.separator, written.config.task.separator);
  EXPECT_EQ(read.config.text.prompts, written.config.text.prompts);
}

TEST(RunConfig, DefaultsPassTheirOwnLimits) {
  const BoundConfig bound;
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "config.toml", bound.table.to_toml());
  BoundConfig read;
  EXPECT_NO_THROW(read.table.load_toml_file(folder / "config.toml"));
}

TEST(ModelOptions, ZeroMeansThePreset) {
  ModelOptions options;
  options.preset = "nano";
  const Vocabulary vocabulary(std::make_shared<const test::LetterTokenizer>(), 100, {"a", "b"});
  const T5Spec preset = T5Spec::preset("nano"), plain = options.spec(vocabulary);
  EXPECT_EQ(plain.vocab_size, static_cast<std::int64_t>(vocabulary.size()));
  EXPECT_EQ(plain.first_id_row, plain.vocab_size - 2);
  EXPECT_EQ(plain.d_model, preset.d_model);
  EXPECT_EQ(plain.dropout_rate, preset.dropout_rate);
  options.num_layers = 3;
  options.dropout = 0;
  const T5Spec changed = options.spec(vocabulary);
  EXPECT_EQ(changed.num_layers, 3);
  EXPECT_EQ(changed.num_decoder_layers, preset.num_decoder_layers);
  EXPECT_EQ(changed.dropout_rate, 0.0);
}

class LoadRunConfigTest : public testing::Test {
 protected:
  LoadRunConfigTest() : run_(folder_ / "run") {
    BoundConfig stored;
    stored.table.set("model.d_model", "24", "test");
    stored.table.set("evaluate.negatives", "50", "test");
    run_ = RunDirectory::create(folder_ / "run", stored.table.to_toml(), {});
  }
  RunConfig load() {
    BoundConfig effective;
    load_run_config(run_, asked_.table, effective.table);
    return effective.config;
  }
  std::string refusal() {
    try {
      load();
    } catch (const Error& error) {
      EXPECT_EQ(exit_code_of(error), 2);
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }
  test::TemporaryFolder folder_;
  RunDirectory run_;
  BoundConfig asked_;
};

TEST_F(LoadRunConfigTest, TheRunsOwnValuesCount) {
  const RunConfig config = load();
  EXPECT_EQ(config.model.d_model, 24);
  EXPECT_EQ(config.evaluate.negatives, 50);
}

TEST_F(LoadRunConfigTest, EvaluateDecodeDeviceAndKnnMayChange) {
  asked_.table.set_assignment("evaluate.negatives=7");
  asked_.table.set_assignment("decode.stars=median");
  asked_.table.set_assignment("device.threads=3");
  asked_.table.set_assignment("knn.window=5");
  const RunConfig config = load();
  EXPECT_EQ(config.evaluate.negatives, 7);
  EXPECT_EQ(config.answer.stars, AnswerOptions::Stars::kMedian);
  EXPECT_EQ(config.device.threads, 3);
  EXPECT_EQ(config.sources.knn.window, 5);
  EXPECT_EQ(config.model.d_model, 24);
}

TEST_F(LoadRunConfigTest, WhatBelongsToTheRunMayNot) {
  for (const std::string key : {"model.d_model", "train.epochs", "task.candidates", "split.seed", "text.pieces"}) {
    BoundConfig asked;
    asked.table.set_assignment(key + "=401");
    BoundConfig effective;
    try {
      load_run_config(run_, asked.table, effective.table);
      ADD_FAILURE() << key << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(exit_code_of(error), 2);
      EXPECT_THAT(error.what(), AllOf(HasSubstr(key), HasSubstr("401")));
    }
  }
}

TEST_F(LoadRunConfigTest, ScopesAreThoseOfTheirSections) {
  const std::map<std::string, std::set<OptionScope>> of_section = {
      {"split", {OptionScope::kData}},
      {"text", {OptionScope::kModel}},
      {"index", {OptionScope::kModel}},
      {"task", {OptionScope::kModel}},
      {"model", {OptionScope::kModel}},
      {"explain", {OptionScope::kModel}},
      {"train", {OptionScope::kTraining, OptionScope::kBudget, OptionScope::kReport, OptionScope::kMachine}},
      {"finetune", {OptionScope::kTraining}},
      {"reinforce", {OptionScope::kTraining}},
      {"privacy", {OptionScope::kTraining}},
      {"federated", {OptionScope::kTraining}},
      {"reptile", {OptionScope::kTraining}},
      {"distil", {OptionScope::kTraining}},
      {"decode", {OptionScope::kAnswer}},
      {"evaluate", {OptionScope::kReport}},
      {"evidence", {OptionScope::kModel}},
      {"encoder", {OptionScope::kReport, OptionScope::kMachine}},
      {"rerank", {OptionScope::kAnswer}},
      {"cold", {OptionScope::kAnswer}},
      {"nearest", {OptionScope::kMachine}},
      {"device", {OptionScope::kMachine}}};
  const std::set<OptionScope> of_sources = {OptionScope::kReport};  // of all other sections
  std::set<std::string> budget;
  for (const OptionRow& row : asked_.table.rows()) {
    const auto section = of_section.find(row.key.substr(0, row.key.find('.')));
    EXPECT_TRUE((section == of_section.end() ? of_sources : section->second).contains(row.scope)) << row.key;
    if (row.scope == OptionScope::kBudget) budget.insert(row.key);
  }
  EXPECT_EQ(budget, (std::set<std::string>{"train.minutes", "train.own_minutes", "train.validate_every",
                                           "train.patience", "train.checkpoint_minutes"}));
}

TEST_F(LoadRunConfigTest, SayingWhatTheRunSaysIsNoChange) {
  asked_.table.set_assignment("model.d_model=24");
  EXPECT_EQ(load().model.d_model, 24);
}

TEST_F(LoadRunConfigTest, BothValuesAreNamed) {
  asked_.table.set_assignment("model.d_model=32");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("expected 24"), HasSubstr("got 32")));
}

}  // namespace
}  // namespace p5
