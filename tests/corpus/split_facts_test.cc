#include "corpus/split_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "support/fake_corpus.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using Histories = std::vector<std::vector<ItemId>>;

// The second user has too few events for a target.
TEST(SplitFacts, UsersWithATarget) {
  const Split split =
      split_leave_one_out(std::make_shared<test::FakeCorpus>(Histories{{0, 1, 2}, {0, 1}, {2, 1, 0, 3}}));
  EXPECT_THAT(users_with_target(split, Part::kTest), ElementsAre(0u, 2u));
  EXPECT_THAT(users_with_target(split, Part::kValid), ElementsAre(0u, 2u));
}

// Of the first user item 0 is train, of the second both, of the third 2 and 1.
TEST(SplitFacts, TrainCountsLeaveOutTargets) {
  const Split split =
      split_leave_one_out(std::make_shared<test::FakeCorpus>(Histories{{0, 1, 2}, {0, 1}, {2, 1, 0, 3}}));
  EXPECT_THAT(train_counts(split), ElementsAre(2u, 2u, 1u, 0u));
}

}  // namespace
}  // namespace p5
