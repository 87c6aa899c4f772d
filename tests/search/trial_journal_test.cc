#include "search/trial_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class TrialJournalTest : public testing::Test {
 protected:
  static Trial trial(std::size_t number, double score) {
    return {.number = number,
            .rung = 1,
            .budget = 10,
            .point = {0.25, 0.1 * static_cast<double>(number)},
            .settings = {{"knn.window", "3"}},
            .score = score,
            .seconds = 2};
  }
  std::string refusal(const std::string& search) {
    try {
      TrialJournal journal(file_, search);
    } catch (const Error& error) {
      return error.what();
    }
    ADD_FAILURE() << "not refused";
    return "";
  }

  test::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "journal.jsonl";
};

TEST_F(TrialJournalTest, KeepsEveryTrial) {
  {
    TrialJournal journal(file_, "knn on world");
    journal.add(trial(0, 0.1 + 0.2));
    journal.add({.number = 1, .problem = "no memory"});
  }
  const TrialJournal journal(file_, "knn on world");
  ASSERT_THAT(journal.trials(), SizeIs(2));
  const Trial* first = journal.find(0, 1);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->score, 0.1 + 0.2);  // to the last bit: samplers depend on it
  EXPECT_EQ(first->point, trial(0, 0).point);
  EXPECT_EQ(first->settings, trial(0, 0).settings);
  EXPECT_EQ(first->budget, 10);
  EXPECT_EQ(journal.find(0, 0), nullptr);
  EXPECT_FALSE(journal.find(1, 0)->score);
  EXPECT_EQ(journal.find(1, 0)->problem, "no memory");
}

TEST_F(TrialJournalTest, ALineThatWasCutOffIsTriedAgain) {
  { TrialJournal(file_, "knn").add(trial(0, 1)); }
  const std::string whole = read_file(file_);
  { TrialJournal(file_, "knn").add(trial(1, 2)); }
  std::filesystem::resize_file(file_, std::filesystem::file_size(file_) - 5);
  EXPECT_THAT(TrialJournal(file_, "knn").trials(), SizeIs(1));
  EXPECT_EQ(read_file(file_), whole);
}

TEST_F(TrialJournalTest, RefusesOtherSearchesDamageAndASecondProgram) {
  { TrialJournal(file_, "knn").add(trial(0, 1)); }
  EXPECT_THAT(refusal("mf"), HasSubstr("expected mf, got knn"));
  {
    const TrialJournal held(file_, "knn");
    EXPECT_THAT(refusal("knn"), HasSubstr("another program"));
  }
  std::ofstream(file_, std::ios::app) << "{\"trial\": 1}\n";
  EXPECT_THAT(refusal("knn"), HasSubstr("line 3"));
}

}  // namespace
}  // namespace p5
