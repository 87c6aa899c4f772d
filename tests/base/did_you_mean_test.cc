#include "base/did_you_mean.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/option_table.h"

namespace p5 {
namespace {

TEST(NearestName, TakesTheClosestThatCanBeMeant) {
  const std::vector<std::string> names{"train.epochs", "train.rate", "eval.rate"};
  EXPECT_EQ(nearest_name("train.rat", names), "train.rate");
  EXPECT_EQ(nearest_name("evl.rate", names), "eval.rate");
  EXPECT_EQ(nearest_name("something else", names), std::nullopt);
  EXPECT_EQ(nearest_name("x", {}), std::nullopt);
}

TEST(NearestName, ShortWordsHaveSomethingInCommon) {
  const std::vector<std::string> names{"k", "lr", "out"};
  EXPECT_EQ(nearest_name("zz", names), std::nullopt);
  EXPECT_EQ(nearest_name("x", names), std::nullopt);
  EXPECT_EQ(nearest_name("ls", names), "lr");
  EXPECT_EQ(nearest_name("lr", names), "lr");
}

TEST(NearestName, HintsAreEndsOfSentences) {
  const std::vector<std::string> names{"train", "valid", "test"};
  EXPECT_EQ(did_you_mean("tset", names), "; did you mean 'test'?");
  EXPECT_EQ(did_you_mean("nothing near", names), "");
  EXPECT_EQ(did_you_mean({"a"}), "; did you mean 'a'?");
  EXPECT_EQ(did_you_mean({"a", "b", "c"}), "; did you mean 'a', 'b' or 'c'?");
  EXPECT_EQ(one_of("tset", names), "; did you mean 'test'?");
  EXPECT_EQ(one_of("nothing near", names), "; expected one of train, valid, test");
}

}  // namespace
}  // namespace p5
