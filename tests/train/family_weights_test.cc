#include "train/family_weights.h"

#include <gtest/gtest.h>

#include <cmath>

#include "p5/error.h"

namespace p5 {
namespace {

FamilyWeights learned() {
  return {TrainOptions{.family_weights = TrainOptions::Weighting::kLearned}, {"rating", "my own"}};
}

void feed(FamilyWeights& weights, float rating, float own) {
  weights.add_rows(std::vector<float>{rating, own, rating}, std::vector<std::int16_t>{0, 1, 0});
}

// exp(-s) L = 1/2 at rest: a family weighs half of one over its loss.
TEST(FamilyWeights, ComeToRestWhereTheFormulaSays) {
  FamilyWeights weights = learned();
  for (int i = 0; i < 4000; ++i) {
    feed(weights, 0.25f, 4.0f);
    weights.step(0.01);
  }
  EXPECT_NEAR(weights.weights().at("rating"), 0.5 / 0.25, 0.02);
  EXPECT_NEAR(weights.weights().at("my own"), 0.5 / 4.0, 0.002);
}

TEST(FamilyWeights, FirstStepByHand) {
  FamilyWeights weights = learned();
  weights.add_rows(std::vector<float>{1.0f, 2.0f}, std::vector<std::int16_t>{1, 1});  // mean 1.5: gradient 0.5 - 1.5
  weights.step(0.1);  // Adam's first step is the learning rate, against the gradient: s = 0.1
  EXPECT_NEAR(weights.weights().at("my own"), std::exp(-0.1), 1e-6);
  EXPECT_EQ(weights.weights().at("rating"), 1.0);  // did not occur
}

TEST(FamilyWeights, WeighRowsOnTopOfTheirOwnWeights) {
  FamilyWeights weights = learned();
  weights.add_rows(std::vector<float>{1.5f}, std::vector<std::int16_t>{1});
  weights.step(0.1);
  TokenBatch batch;
  batch.rows = 3;
  batch.family = {0, 1, 9};
  weights.apply(batch);
  EXPECT_EQ(batch.row_weight[0], 1.0f);
  EXPECT_NEAR(batch.row_weight[1], std::exp(-0.1), 1e-6);
  EXPECT_EQ(batch.row_weight[2], 1.0f);  // a family without a name
  weights.apply(batch);
  EXPECT_NEAR(batch.row_weight[1], std::exp(-0.2), 1e-6);
}

TEST(FamilyWeights, FixedOnesTouchNothing) {
  FamilyWeights weights(TrainOptions(), {"rating", "my own"});
  TokenBatch batch;
  batch.rows = 1;
  batch.family = {0};
  feed(weights, 1, 1);
  weights.step(0.1);
  weights.apply(batch);
  EXPECT_TRUE(batch.row_weight.empty());
  EXPECT_EQ(weights.weights().at("rating"), 1.0);
}

TEST(FamilyWeights, StateGoesOnToTheLastBit) {
  FamilyWeights straight = learned(), half = learned();
  for (int i = 0; i < 7; ++i) {
    for (auto* weights : {&straight, &half}) feed(*weights, 0.3f, 1.7f), weights->step(0.013);
  }
  FamilyWeights resumed = learned();
  resumed.set_state(half.state(), "families.txt");
  for (int i = 0; i < 5; ++i) {
    for (auto* weights : {&straight, &resumed}) feed(*weights, 0.7f, 0.1f), weights->step(0.017);
  }
  EXPECT_EQ(straight.state(), resumed.state());
}

TEST(FamilyWeights, RefusesADamagedState) {
  FamilyWeights weights = learned();
  const std::string good = weights.state();
  EXPECT_NO_THROW(weights.set_state(good, "families.txt"));
  for (const std::string& bad : {std::string(), std::string("x"), good.substr(0, good.size() / 2), "nan" + good,
                                 std::string("0x1p0 0 0 -1 rating\n"), std::string("0x1p0 0 0 1 other\n")}) {
    EXPECT_THROW(weights.set_state(bad, "families.txt"), Error) << bad;
  }
}

}  // namespace
}  // namespace p5
