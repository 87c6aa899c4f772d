#include "pipeline/training_verdict.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

TEST(TrainingVerdict, SaysWhenTheMinutesWereTooFewForOnePass) {
  TrainResult result;
  result.steps = 22;
  result.epochs = 0.083;
  result.stopped_by = "minutes";
  EXPECT_EQ(shortage_of_time(result),
            " The minutes were enough for 22 steps, 8% of one pass over the training data: more --minutes make better "
            "answers.");
  result.epochs = 1;
  EXPECT_EQ(shortage_of_time(result), "");
  result.epochs = 0.083;
  result.stopped_by = "max-steps";
  EXPECT_EQ(shortage_of_time(result), "") << "somebody asked for these steps";
}

}  // namespace
}  // namespace p5
