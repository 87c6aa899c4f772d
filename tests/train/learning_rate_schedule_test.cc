#include "train/learning_rate_schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace p5 {
namespace {

std::vector<double> table_of(ScheduleShape shape, std::int64_t warmup, std::int64_t total) {
  const LearningRateSchedule schedule(shape, {.peak = 1.0, .warmup_steps = warmup, .total_steps = total});
  std::vector<double> rates;
  for (std::int64_t step = 0; step < total; ++step) rates.push_back(schedule.at(step));
  return rates;
}

void expect_table(const std::vector<double>& got, const std::vector<double>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-12) << "step " << i;
}

TEST(LearningRateSchedule, ConstantStaysAtThePeakAfterTheWarmUp) {
  expect_table(table_of(ScheduleShape::kConstant, 2, 5), {0.5, 1, 1, 1, 1});
}

TEST(LearningRateSchedule, LinearFallsEvenlyAndWastesNoStep) {
  expect_table(table_of(ScheduleShape::kLinear, 2, 6), {0.5, 1, 1, 0.75, 0.5, 0.25});
  expect_table(table_of(ScheduleShape::kLinear, 0, 4), {1, 0.75, 0.5, 0.25});
}

TEST(LearningRateSchedule, CosineFollowsHalfAWave) {
  const double root = std::sqrt(0.5);
  expect_table(table_of(ScheduleShape::kCosine, 1, 5), {1, 1, 0.5 + root / 2, 0.5, 0.5 - root / 2});
}

TEST(LearningRateSchedule, InverseSquareRootJoinsTheWarmUpWithoutAStep) {
  expect_table(table_of(ScheduleShape::kInverseSqrt, 4, 6),
               {0.25, 0.5, 0.75, 1, std::sqrt(4.0 / 5), std::sqrt(4.0 / 6)});
}

TEST(LearningRateSchedule, EndsAtZeroBeyondTheTotal) {
  const LearningRateSchedule schedule(ScheduleShape::kLinear, {.peak = 1.0, .warmup_steps = 0, .total_steps = 4});
  EXPECT_EQ(schedule.at(4), 0.0);
  EXPECT_EQ(schedule.at(1000), 0.0);
}

TEST(LearningRateSchedule, FollowsWhicheverOfStepsAndTimeIsFurther) {
  const LearningRateSchedule linear(ScheduleShape::kLinear, {.peak = 1.0, .warmup_steps = 2, .total_steps = 10});
  EXPECT_EQ(linear.at(4, 0.75), 0.25);
  EXPECT_EQ(linear.at(6, 0.25), 0.5);
  EXPECT_EQ(linear.at(4, 2.0), 0.0);
  const LearningRateSchedule constant(ScheduleShape::kConstant, {.peak = 1.0, .warmup_steps = 0, .total_steps = 10});
  EXPECT_EQ(constant.at(4, 0.75), 1.0);
}

TEST(LearningRateSchedule, WarmUpEndsAfterAFifthOfTheTimeAtTheLatest) {
  const LearningRateSchedule constant(ScheduleShape::kConstant, {.peak = 1.0, .warmup_steps = 60, .total_steps = 100});
  EXPECT_DOUBLE_EQ(constant.at(2, 0.01), 0.05) << "steps are further than time";
  EXPECT_DOUBLE_EQ(constant.at(2, 0.1), 0.5);
  EXPECT_DOUBLE_EQ(constant.at(4, 0.2), 1.0);
  const LearningRateSchedule linear(ScheduleShape::kLinear, {.peak = 1.0, .warmup_steps = 60, .total_steps = 100});
  EXPECT_DOUBLE_EQ(linear.at(8, 0.4), 0.6) << "the fall is that of the time";
  EXPECT_DOUBLE_EQ(linear.at(8, 1.0), 0.0);
}

TEST(LearningRateSchedule, AllStepsMayBeWarmUp) {
  expect_table(table_of(ScheduleShape::kCosine, 9, 3), {1.0 / 3, 2.0 / 3, 1});
}

}  // namespace
}  // namespace p5
