#include "architectures/architecture_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <set>
#include <string>

#include "base/file.h"
#include "p5/error.h"
#include "support/fake_sequence_model.h"
#include "support/temporary_folder.h"
#include "t5/model_batches.h"
#include "t5/random_checkpoint.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using test::kCpu;
using test::nano;
using test::TemporaryFolder;
using test::write_random_checkpoint;

ErrorCode code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kUnsupported;  // none was thrown
}

TEST(Architectures, NamesAreTakenOnce) {
  std::set<std::string> names;
  for (const Architecture& row : architectures()) {
    for (const char* name : row.model_types) EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(names.count(std::string(nano().model_type())), 1u);
}

TEST(Architectures, AT5AnswersOnTheCpuWithoutLibTorch) {
  const TemporaryFolder folder;
  write_random_checkpoint(folder.path(), nano(), 23);
  const auto model = load_sequence_model(folder.path(), kCpu);
  EXPECT_NE(dynamic_cast<T5CpuModel*>(model.get()), nullptr);
  EXPECT_EQ(model->spec().model_type(), "t5");
  EXPECT_EQ(read_model_spec(folder.path())->parameter_count(), nano().parameter_count());
}

TEST(Architectures, OtherModelTypesAreRefusedWithTheKnownOnes) {
  const TemporaryFolder folder;
  write_random_checkpoint(folder.path(), nano(), 23);
  write_file_atomically(folder / "config.json", R"({"model_type": "bert"})");
  try {
    load_sequence_model(folder.path(), kCpu);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("t5 or mt5"), testing::HasSubstr("bert")));
  }
  EXPECT_EQ(code_of([] { make_sequence_model(test::FakeSpec(), 1, kCpu); }), ErrorCode::kInternal);
}

TEST(Architectures, BadFilesAndOptionsAreRefused) {
  const TemporaryFolder folder;
  const auto code = [&](const DeviceOptions& device) {
    return code_of([&] { load_sequence_model(folder.path(), device); });
  };
  EXPECT_EQ(code(kCpu), ErrorCode::kNotFound);
  write_random_checkpoint(folder.path(), nano(), 23);
  EXPECT_EQ(code(kCpu), ErrorCode::kUnsupported);
  EXPECT_EQ(code({.device = "cpu", .threads = -1}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.device = "cpu", .threads = 4096}), ErrorCode::kInvalidArgument);
  for (const char* word : {"", "low", "Highest"}) {
    EXPECT_EQ(code({.device = "cpu", .threads = 1, .matmul = word}), ErrorCode::kInvalidArgument) << word;
  }
  fs::resize_file(folder / "model.safetensors", fs::file_size(folder / "model.safetensors") - 4);
  EXPECT_EQ(code(kCpu), ErrorCode::kCorrupted);
}

TEST(Abilities, WhatAModelCannotDoIsSaid) {
  auto model = test::FakeSequenceModel::random(10);
  EXPECT_EQ(&ability_of<TextGenerator>(model), &model);
  try {
    ability_of<LogitsReader>(model);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("show its logits"), testing::HasSubstr("fake")));
  }
}

}  // namespace
}  // namespace p5
