#include "pipeline/update_folder.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

class UpdateFolderTest : public testing::Test {
 protected:
  UpdateFolderTest() : path_(folder_ / "live") {
    fs::create_directories(folder_ / "run");
    fs::create_directories(folder_ / "corpus");
  }
  UpdateFolder made() const {
    UpdateFolder made = UpdateFolder::create(path_, (folder_ / "run").string(), (folder_ / "corpus").string());
    made.lock();
    return made;
  }
  void make_generation(std::int64_t number) const {
    for (const char* what : {"generation-000", "corpus-000"}) {
      fs::create_directories(path_ / (what + std::to_string(number)));
      write_file_atomically(path_ / (what + std::to_string(number)) / "x", "x");
    }
  }
  // As a round does.
  void add(UpdateFolder& live, bool promote, std::int64_t keep = 5) const {
    const std::int64_t number = live.next_number();
    make_generation(number);
    UpdateState state = live.state();
    state.generations.push_back(
        {.number = number,
         .parent = state.current,
         .verdict = promote ? "promoted" : "not promoted",
         .source = "sqlite:f.db",
         .position = {.events = 100 * static_cast<std::uint64_t>(number), .partitions = {10 * number, 90 * number}}});
    if (promote) state.current = number;
    live.commit(state, keep);
  }
  bool there(std::int64_t number) const { return fs::exists(path_ / ("generation-000" + std::to_string(number))); }
  std::string linked() const { return fs::read_symlink(path_ / "current").string(); }

  test::TemporaryFolder folder_;
  fs::path path_;
};

TEST_F(UpdateFolderTest, BeginsWithTheRun) {
  const UpdateFolder live = made();
  EXPECT_EQ(linked(), (folder_ / "run").string());
  EXPECT_EQ(live.linked_run(), folder_ / "run");
  EXPECT_EQ(live.run_of(0), folder_ / "run");
  EXPECT_EQ(live.corpus_of(0), folder_ / "corpus");
  EXPECT_EQ(live.next_number(), 1);
}

TEST_F(UpdateFolderTest, StateIsReadAsItWasWritten) {
  {
    UpdateFolder live = made();
    add(live, true);
    add(live, false);
  }
  const UpdateFolder live = UpdateFolder::open(path_);
  const UpdateState& state = live.state();
  EXPECT_EQ(state.current, 1);
  ASSERT_EQ(state.generations.size(), 3u);
  EXPECT_EQ(state.at(2).verdict, "not promoted");
  EXPECT_EQ(state.at(2).parent, 1);
  EXPECT_EQ(state.at(2).position.events, 200u);
  EXPECT_EQ(state.at(2).position.partitions, (std::vector<std::int64_t>{20, 180}));
  EXPECT_EQ(state.at(1).source, "sqlite:f.db");
  EXPECT_EQ(linked(), "generation-0001");
  EXPECT_EQ(live.next_number(), 3);
}

TEST_F(UpdateFolderTest, UnfinishedGenerationsGoWhenItIsLocked) {
  {
    UpdateFolder live = made();
    add(live, true);
  }
  make_generation(2);
  fs::create_directories(path_ / "corpus-0003.tmp-0123456789abcdef");
  fs::create_symlink("generation-0002", path_ / "current.tmp-0123456789abcdef");
  fs::create_directories(path_ / "notes");  // not ours
  UpdateFolder live = UpdateFolder::open(path_);
  EXPECT_TRUE(there(2));  // looking changes nothing
  live.lock();
  EXPECT_TRUE(there(1));
  EXPECT_FALSE(there(2));
  EXPECT_FALSE(fs::exists(path_ / "corpus-0002"));
  EXPECT_FALSE(fs::exists(path_ / "corpus-0003.tmp-0123456789abcdef"));
  EXPECT_FALSE(fs::is_symlink(path_ / "current.tmp-0123456789abcdef"));
  EXPECT_TRUE(fs::exists(path_ / "notes"));
  EXPECT_TRUE(fs::exists(folder_ / "run"));
}

TEST_F(UpdateFolderTest, TheLinkFollowsTheState) {
  {
    UpdateFolder live = made();
    add(live, true);
  }
  // A program that ended between state.json and the link.
  fs::remove(path_ / "current");
  fs::create_symlink(folder_ / "run", path_ / "current");
  UpdateFolder live = UpdateFolder::open(path_);
  EXPECT_FALSE(live.is_linked());
  live.lock();
  EXPECT_EQ(linked(), "generation-0001");
  EXPECT_TRUE(live.is_linked());
}

TEST_F(UpdateFolderTest, OldGenerationsAreRemoved) {
  UpdateFolder live = made();
  add(live, true, 2);
  add(live, false, 2);
  add(live, false, 2);
  EXPECT_TRUE(there(1));  // current
  EXPECT_TRUE(there(2) && there(3));
  add(live, false, 2);
  EXPECT_TRUE(there(1));
  EXPECT_FALSE(there(2));
  EXPECT_TRUE(there(3) && there(4));
  EXPECT_TRUE(live.state().at(2).removed);
  add(live, true, 1);
  EXPECT_TRUE(there(1) && there(5));  // the parent of the current one
  EXPECT_FALSE(there(3) || there(4));
  add(live, true, 1);
  EXPECT_FALSE(there(1));
  EXPECT_TRUE(there(5) && there(6));
  EXPECT_TRUE(fs::exists(folder_ / "run"));
}

TEST_F(UpdateFolderTest, OnlyOneProgramWorksInIt) {
  const UpdateFolder first = made();
  UpdateFolder second = UpdateFolder::open(path_);
  EXPECT_THROW(second.lock(), Error);
}

TEST_F(UpdateFolderTest, OtherFoldersAreRefused) {
  EXPECT_FALSE(UpdateFolder::is_there(folder_ / "new"));
  EXPECT_THROW(UpdateFolder::open(folder_ / "new"), Error);
  EXPECT_FALSE(UpdateFolder::is_there(folder_ / "run"));  // empty
  write_file_atomically(folder_ / "run" / "run.json", "{}");
  EXPECT_THROW(UpdateFolder::is_there(folder_ / "run"), Error);
}

TEST_F(UpdateFolderTest, ADamagedStateIsAnError) {
  made();
  std::string text = read_file(path_ / "state.json");
  text.replace(text.find("given"), 5, "taken");
  write_file_atomically(path_ / "state.json", text);
  EXPECT_THROW(UpdateFolder::open(path_), Error);
}

}  // namespace
}  // namespace p5
