#include "task/user_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "p5/error.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<Attribute> person(double age, const std::string& job) { return {{"age", age}, {"job", job}}; }

// Twenty users of 1 to 20 years; jobs of four letters, one of which only one user has.
test::FakeCorpus corpus() {
  test::FakeData data;
  for (int age = 1; age <= 20; ++age) {
    data.histories.push_back({0});
    data.user_attributes.push_back(person(age, age == 20 ? "rare" : age % 2 == 0 ? "even" : "odd"));
  }
  return test::FakeCorpus(std::move(data));
}

TEST(UserFeaturesTest, NumbersAreInBucketsOfEquallyManyUsers) {
  const UserFeatures features(corpus(), {"age"});
  EXPECT_EQ(features.width(), 1U);
  EXPECT_EQ(features.rows(), 11);
  const auto row = [&](double age) { return features.rows_of({{"age", age}}, 0).front(); };
  EXPECT_EQ(row(1), 1);
  EXPECT_EQ(row(2), 1);
  EXPECT_EQ(row(3), 2);
  EXPECT_EQ(row(19), 10);
  EXPECT_EQ(row(-5), 1);
  EXPECT_EQ(row(99), 10);
  EXPECT_THAT(features.rows_of({}, 0), ElementsAre(0));
  EXPECT_THAT(features.rows_of({{"age", std::string("old")}}, 0), ElementsAre(0));
}

TEST(UserFeaturesTest, WordsThatTwoUsersShareHaveRows) {
  const UserFeatures features(corpus(), {"job", "user", "age"});
  EXPECT_EQ(features.rows(), 1 + 2 + 20 + 10);
  EXPECT_THAT(features.rows_of(person(20, "even"), 3), ElementsAre(1, 6, 32));
  EXPECT_THAT(features.rows_of(person(20, "odd"), 19), ElementsAre(2, 22, 32));
  EXPECT_THAT(features.rows_of(person(20, "rare"), 20), ElementsAre(0, 0, 32));  // and a user who came later
}

TEST(UserFeaturesTest, TheyAreReadAsTheyWereWritten) {
  const UserFeatures features(corpus(), {"job", "user", "age"});
  const UserFeatures read = UserFeatures::from_json(features.to_json(), "file");
  EXPECT_EQ(read.rows(), features.rows());
  EXPECT_EQ(read.digest(), features.digest());
  for (int age = 1; age <= 20; ++age) {
    EXPECT_EQ(read.rows_of(person(age, "odd"), 7), features.rows_of(person(age, "odd"), 7));
  }
  EXPECT_NE(UserFeatures(corpus(), {"age"}).digest(), features.digest());
  EXPECT_THROW(UserFeatures::from_json("{}", "file"), Error);
  EXPECT_THROW(UserFeatures::from_json(R"({"version": 1, "features": [{"name": "age", "edges": [2, 1]}]})", "file"),
               Error);
}

TEST(UserFeaturesTest, WhatTheCorpusLacksIsNamed) {
  try {
    const UserFeatures features(corpus(), {"age", "city"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), 3);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("task.user_prompt"), HasSubstr("city"), HasSubstr("age, job")));
  }
}

}  // namespace
}  // namespace p5
