#include "retrieval/list_scale.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

TEST(ListScale, TheSumIsThatOfTheExponentials) {
  const std::vector<float> scores{1, -2, 700};
  EXPECT_NEAR(log_total(std::span(scores).first(2), 2), std::log(std::exp(2.0) + std::exp(-4.0)), 1e-9);
  EXPECT_NEAR(log_total(scores, 2), 1400, 1e-6) << "no overflow";
}

// Answers drawn by exp(2.5 score), in seven of ten questions.
TEST(ListScale, FindsTheFactorThatDrewTheAnswers) {
  Rng rng(9, "lists");
  std::vector<std::vector<float>> lists;
  std::vector<std::uint32_t> answers;
  for (int i = 0; i < 7000; ++i) {
    std::vector<float> scores;
    for (int item = 0; item < 8; ++item) scores.push_back(static_cast<float>(rng.normal()));
    double at = rng.uniform() * std::exp(log_total(scores, 2.5));
    std::uint32_t answer = 0;
    while (answer + 1 < 8 && (at -= std::exp(2.5 * scores[answer])) > 0) ++answer;
    lists.push_back(scores);
    answers.push_back(answer);
  }
  const ListCalibration found = calibrate_lists(lists, answers, 10000);
  EXPECT_NEAR(found.factor, 2.5, 0.15);
  EXPECT_NEAR(found.covered, 0.7, 1e-9);
  double sum = 0;
  const ListScale scale = found.scale_of(lists[0]);
  for (const float score : lists[0]) sum += std::exp(scale.factor * score - scale.log_total);
  EXPECT_NEAR(sum, 0.7, 1e-6) << "the list has what is covered";
}

TEST(ListScale, IsUnknownWithoutAnswers) { EXPECT_FALSE(calibrate_lists({}, {}, 50).known()); }

}  // namespace
}  // namespace p5
