#include "train/early_stopping.h"

#include <gtest/gtest.h>

#include <cmath>

namespace p5 {
namespace {

TEST(EarlyStopping, StopsAfterPatienceValidationsWithoutABetterMetric) {
  EarlyStopping watch(2);
  EXPECT_TRUE(watch.update(0.1, 10));
  EXPECT_TRUE(watch.update(0.2, 20));
  EXPECT_FALSE(watch.update(0.2, 30)) << "equal is not better";
  EXPECT_FALSE(watch.should_stop());
  EXPECT_FALSE(watch.update(0.15, 40));
  EXPECT_TRUE(watch.should_stop());
  EXPECT_EQ(watch.state().best, 0.2);
  EXPECT_EQ(watch.state().best_step, 20);
}

TEST(EarlyStopping, ABetterMetricStartsTheCountAnew) {
  EarlyStopping watch(2);
  watch.update(0.2, 1);
  watch.update(0.1, 2);
  EXPECT_TRUE(watch.update(0.3, 3));
  watch.update(0.1, 4);
  EXPECT_FALSE(watch.should_stop());
}

TEST(EarlyStopping, ZeroPatienceNeverStops) {
  EarlyStopping watch(0);
  for (int i = 0; i < 50; ++i) watch.update(0.0, i);
  EXPECT_FALSE(watch.should_stop());
}

TEST(EarlyStopping, TheFirstValidationIsBestAndNotANumberNeverIsAfterIt) {
  EarlyStopping watch(3);
  EXPECT_TRUE(watch.update(std::nan(""), 1));
  EXPECT_FALSE(watch.update(std::nan(""), 2));
  EXPECT_TRUE(watch.update(0.0, 3));
  EXPECT_FALSE(watch.update(std::nan(""), 4));
}

TEST(EarlyStopping, WhereLowerIsBetterTheLowestIsBest) {
  EarlyStopping watch(2, Better::kLower);
  EXPECT_TRUE(watch.update(1.2, 1));
  EXPECT_TRUE(watch.update(0.9, 2));
  EXPECT_FALSE(watch.update(0.9, 3)) << "equal is not better";
  EXPECT_FALSE(watch.update(1.0, 4));
  EXPECT_TRUE(watch.should_stop());
  EXPECT_EQ(watch.state().best, 0.9);
  EXPECT_EQ(watch.state().best_step, 2);

  EarlyStopping first_unknown(2, Better::kLower);
  EXPECT_TRUE(first_unknown.update(std::nan(""), 1));
  EXPECT_TRUE(first_unknown.update(5.0, 2));
}

TEST(EarlyStopping, StateCarriesOver) {
  EarlyStopping first(2), second(2);
  first.update(0.2, 1);
  first.update(0.1, 2);
  second.set_state(first.state());
  EXPECT_FALSE(second.update(0.15, 3));
  EXPECT_TRUE(second.should_stop());
}

}  // namespace
}  // namespace p5
