#include "pipeline/time_shares.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

class TimeSharesTest : public testing::Test {
 protected:
  TimeSharesTest() { config_.bind(table_); }
  RunConfig config_;
  OptionTable table_;
};

TEST_F(TimeSharesTest, AnEncoderGetsItsShareOfTheMinutes) {
  table_.set("train.minutes", "20", "test");
  table_.set("train.item_vectors", "encoder", "test");
  share_minutes(config_, table_);
  EXPECT_EQ(config_.sources.encoder.max_minutes, 8);
  EXPECT_EQ(config_.train.step_minutes(), 10);
}

TEST_F(TimeSharesTest, WithoutOneTheModelHasAllOfThem) {
  table_.set("train.minutes", "20", "test");
  share_minutes(config_, table_);
  EXPECT_EQ(config_.train.step_minutes(), 20);
  EXPECT_EQ(config_.sources.encoder.max_minutes, 0);
}

TEST_F(TimeSharesTest, WhatSomebodySetStays) {
  table_.set("train.minutes", "20", "test");
  table_.set("hybrid.sources", "item-knn,encoder#2,p5", "test");
  table_.set("encoder.max_minutes", "1", "test");
  table_.set("train.own_minutes", "18", "test");
  share_minutes(config_, table_);
  EXPECT_EQ(config_.sources.encoder.max_minutes, 1);
  EXPECT_EQ(config_.train.step_minutes(), 18);
}

TEST_F(TimeSharesTest, WithoutABudgetNothingIsLimited) {
  table_.set("train.item_vectors", "encoder", "test");
  share_minutes(config_, table_);
  EXPECT_EQ(config_.train.step_minutes(), 0);
  EXPECT_EQ(config_.sources.encoder.max_minutes, 0);
}

TEST_F(TimeSharesTest, TheFormerNameIsStillUnderstood) {
  table_.set("train.max_minutes", "3", "test");
  EXPECT_EQ(config_.train.minutes, 3);
}

}  // namespace
}  // namespace p5
