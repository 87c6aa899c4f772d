#include "pipeline/run_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/digest.h"
#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::AllOf;
using testing::HasSubstr;

RunManifest sample() {
  return {.p5_version = "0.1.0",
          .corpus = "/data/beauty",
          .corpus_name = "Beauty",
          .data_sha256 = "d",
          .config_sha256 = {},
          .seed = 7};
}

std::string error_of_open(const std::filesystem::path& run, int exit_code) {
  try {
    RunDirectory::open(run);
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), exit_code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(RunDirectory, ReadsWhatItWrote) {
  const test::TemporaryFolder folder;
  RunDirectory::create(folder / "run", "a = 1\n", sample());
  const RunDirectory run = RunDirectory::open(folder / "run");
  EXPECT_EQ(run.manifest().corpus, "/data/beauty");
  EXPECT_EQ(run.manifest().corpus_name, "Beauty");
  EXPECT_EQ(run.manifest().seed, 7u);
  EXPECT_EQ(run.manifest().config_sha256, sha256_hex("a = 1\n"));
  EXPECT_EQ(read_file(run.config()), "a = 1\n");
}

TEST(RunDirectory, RefusesASecondRunInOneFolder) {
  const test::TemporaryFolder folder;
  RunDirectory::create(folder / "run", "", sample());
  EXPECT_THROW(RunDirectory::create(folder / "run", "", sample()), Error);
}

// The message of the usage error.
template <typename Action>
std::string refused(Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), 2) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

TEST(RunDirectory, AFolderOfSomebodyElseIsRefusedAndStaysAsItIs) {
  const test::TemporaryFolder folder;
  for (const char* name : {"checkpoint", "tensorboard", "bundle", "lock", "config.toml", ".git"}) {
    const auto project = folder / "project";
    std::filesystem::create_directories(project);
    write_file_atomically(project / name, "mine");
    EXPECT_THAT(refused([&] { RunDirectory::create(project, "", sample()); }), HasSubstr(name));
    EXPECT_THAT(refused([&] { RunDirectory::remove(project); }), HasSubstr(name));
    EXPECT_EQ(read_file(project / name), "mine");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(project), {}), 1);
    std::filesystem::remove_all(project);
  }
  write_file_atomically(folder / "file", "mine");
  EXPECT_THAT(refused([&] { RunDirectory::create(folder / "file", "", sample()); }), HasSubstr("file"));
}

TEST(RunDirectory, AnEmptyFolderMayBecomeARun) {
  const test::TemporaryFolder folder;
  RunDirectory::create(folder.path(), "a = 1\n", sample());
  EXPECT_EQ(RunDirectory::open(folder.path()).manifest().seed, 7u);
}

// A program that is killed while it makes a run leaves a folder that the next training takes.
TEST(RunDirectory, WhatAKilledStartLeftDoesNotStandInTheWay) {
  const test::TemporaryFolder folder;
  const auto path = folder / "run";
  const auto die = [](const RunDirectory& made) {
    std::filesystem::create_directory(made.bundle());
    write_file_atomically(made.bundle() / "half", "");
    write_file_atomically(made.path() / "config.toml.tmp-0123456789abcdef", "");
    throw std::runtime_error("killed");
  };
  EXPECT_THROW(RunDirectory::create(path, "a = 1\n", sample(), die), std::runtime_error);
  EXPECT_FALSE(std::filesystem::exists(path / "run.json"));
  EXPECT_THAT(error_of_open(path, 4), HasSubstr("no run here"));
  std::filesystem::create_directory(folder / "sooner");
  write_file_atomically(folder / "sooner/lock", "");
  EXPECT_NO_THROW(RunDirectory::create(folder / "sooner", "", sample()));
  bool filled = false;
  RunDirectory::create(path, "a = 1\n", sample(), [&filled](const RunDirectory&) { filled = true; });
  EXPECT_TRUE(filled);
  EXPECT_EQ(RunDirectory::open(path).manifest().seed, 7u);
}

TEST(RunDirectory, OneProgramTrainsAtATime) {
  const test::TemporaryFolder folder;
  const auto path = folder / "run";
  const auto create = [&path] { return RunDirectory::create(path, "", sample()); };
  {
    const RunDirectory trained = create();
    EXPECT_THAT(refused([&] { RunDirectory::open_to_train(path); }), AllOf(HasSubstr(path.string()), HasSubstr("now")));
    EXPECT_THAT(refused([&] { RunDirectory::remove(path); }), HasSubstr("now"));
    EXPECT_NO_THROW(RunDirectory::open(path)) << "readers need no lock";
  }
  const RunDirectory resumed = RunDirectory::open_to_train(path);
  EXPECT_THAT(refused([&] { RunDirectory::open_to_train(path); }), HasSubstr("now"));
  EXPECT_THAT(error_of_open(folder / "nothing", 4), HasSubstr("no such folder"));
  EXPECT_FALSE(std::filesystem::exists(folder / "nothing"));
}

TEST(RunDirectory, ARunThatIsBeingMadeIsLocked) {
  const test::TemporaryFolder folder;
  const auto path = folder / "run";
  RunDirectory::create(path, "", sample(), [&path](const RunDirectory&) {
    EXPECT_THAT(refused([&] { RunDirectory::create(path, "", sample()); }), HasSubstr("now"));
  });
}

TEST(RunDirectory, RemovesARunAndNothingElse) {
  const test::TemporaryFolder folder;
  const auto path = folder / "run";
  RunDirectory::remove(path);
  RunDirectory::create(path, "", sample());
  write_file_atomically(path / "thesis.txt", "mine");
  EXPECT_THAT(refused([&] { RunDirectory::remove(path); }), HasSubstr("thesis.txt"));
  EXPECT_TRUE(std::filesystem::exists(path / "run.json"));
  std::filesystem::remove(path / "thesis.txt");
  RunDirectory::remove(path);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(RunDirectory, NamesWhatIsWrong) {
  const test::TemporaryFolder folder;
  EXPECT_THAT(error_of_open(folder / "nothing", 4), HasSubstr("no such folder"));
  RunDirectory::create(folder / "run", "a = 1\n", sample());
  const auto file = folder / "run" / "run.json";
  const std::string good = read_file(file);
  for (const std::string bad : {"", "[]", "{", "null", "{\"version\": 1}"}) {
    write_file_atomically(file, bad);
    EXPECT_THAT(error_of_open(folder / "run", 4), HasSubstr("run.json")) << bad;
  }
  // A value that nests too deeply to be printed.
  const std::string deep = std::string(400000, '[') + std::string(400000, ']');
  write_file_atomically(file, "{\"version\": 1, \"p5\": " + deep + "}");
  EXPECT_THAT(error_of_open(folder / "run", 4), HasSubstr("run.json"));
  write_file_atomically(file, "{\"version\": 99}");
  EXPECT_THAT(error_of_open(folder / "run", 4), AllOf(HasSubstr("expected 1"), HasSubstr("got 99")));
  write_file_atomically(file, good);
  write_file_atomically(folder / "run" / "config.toml", "a = 2\n");
  EXPECT_THAT(error_of_open(folder / "run", 4), HasSubstr("config.toml"));
}

TEST(RunDirectory, ARunMayBeReplacedAndAnythingElseMayNot) {
  const test::TemporaryFolder folder;
  EXPECT_NO_THROW(RunDirectory::require_replaceable(folder / "nothing"));
  RunDirectory::create(folder / "run", "", sample());
  EXPECT_NO_THROW(RunDirectory::require_replaceable(folder / "run"));
  write_file_atomically(folder / "run/notes.txt", "mine");
  EXPECT_THAT(refused([&] { RunDirectory::require_replaceable(folder / "run"); }), HasSubstr("notes.txt"));
  std::filesystem::create_directory(folder / "mine");
  write_file_atomically(folder / "mine/thesis", "mine");
  EXPECT_THAT(refused([&] { RunDirectory::require_replaceable(folder / "mine"); }), HasSubstr("thesis"));
}

TEST(RunDirectory, AFailedStartTakesItsFolderAway) {
  const test::TemporaryFolder folder;
  RunDirectory::create(folder / "run", "", sample()).discard();
  EXPECT_FALSE(std::filesystem::exists(folder / "run"));
  const RunDirectory run = RunDirectory::create(folder / "kept", "", sample());
  write_file_atomically(run.path() / "notes.txt", "mine");
  run.discard();
  EXPECT_TRUE(std::filesystem::exists(run.path() / "notes.txt"));
}

TEST(RunDirectory, AFileOnTheWayIsFoundBeforeTheWork) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "file", "mine");
  EXPECT_THAT(refused([&] { RunDirectory::require_writable(folder / "file/run"); }), HasSubstr("file"));
  EXPECT_NO_THROW(RunDirectory::require_writable(folder / "a/b/c"));
}

}  // namespace
}  // namespace p5
