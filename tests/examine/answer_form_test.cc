#include "examine/answer_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "examine/question_sampler.h"
#include "recommend/answer_world.h"
#include "support/fake_sequence_model.h"
#include "task/corpus_questions.h"

namespace p5 {
namespace {

// The small world of `recommend`, asked by a model that gives every token the same probability.
class AnswerFormTest : public testing::Test {
 protected:
  AnswerFormTest()
      : model_(world_.vocabulary_size(), [](const auto&, const auto&, TokenId) { return 0.0; }),
        run_{model_, *world_.writer, world_.bundle, world_.data, evaluate_, decode_, answer_} {
    world_.bundle.task.max_target = decode_.max_length = 8;
  }
  const PromptTemplate& prompt(const char* id) const { return world_.bundle.prompts->at(id); }
  std::vector<TaskQuestion> questions(const char* id) const {
    return QuestionSampler(run_).sample(prompt(id)).questions;
  }
  static double value(const std::vector<Score>& scores, const char* name) {
    return TaskResult{.scores = scores}.value(name);
  }

  test::AnswerWorld world_;
  EvaluateOptions evaluate_;
  DecodeOptions decode_;
  AnswerOptions answer_;
  test::FakeSequenceModel model_;
  AskedRun run_;
};

TEST_F(AnswerFormTest, ThePromptsTargetDecidesTheForm) {
  EXPECT_EQ(make_answer_form(run_, prompt("1-1"))->baselines({}).front().row, "global-mean");
  EXPECT_EQ(make_answer_form(run_, prompt("1-3"))->baselines({}).front().row, "majority");
  EXPECT_EQ(make_answer_form(run_, prompt("1-4"))->baselines({}).front().row, "majority");
  EXPECT_EQ(make_answer_form(run_, prompt("4-1"))->baselines({}).front().row, "frequent-words");
}

TEST_F(AnswerFormTest, StarsAreScoredAgainstTheTruth) {
  const auto form = make_answer_form(run_, prompt("1-1"));
  const auto asked = questions("1-1");
  ASSERT_GT(asked.size(), 5u);
  const Answers even = form->answer(asked);
  ASSERT_EQ(even.numbers.size(), asked.size());
  for (const double stars : even.numbers) EXPECT_NEAR(stars, 3.0, 1e-6);  // the mean of five equal chances
  Answers right;
  for (const TaskQuestion& question : asked) right.numbers.push_back(*question.rating);
  EXPECT_EQ(value(form->score(asked, right), "rmse"), 0.0);
  EXPECT_EQ(value(form->score(asked, right), "accuracy"), 1.0);
  EXPECT_GT(value(form->score(asked, even), "rmse"), 0.5);
  EXPECT_TRUE(form->written_texts(asked, right).empty());
}

TEST_F(AnswerFormTest, YesAndNoAreProbabilities) {
  const auto form = make_answer_form(run_, prompt("1-4"));
  const auto asked = questions("1-4");
  Answers right;
  std::size_t liked = 0;
  for (const TaskQuestion& question : asked) {
    right.numbers.push_back(*question.positive ? 0.9 : 0.1);
    liked += *question.positive;
  }
  EXPECT_EQ(value(form->score(asked, right), "accuracy"), 1.0);
  EXPECT_EQ(value(form->score(asked, right), "auc"), 1.0);
  for (const double yes : form->answer(asked).numbers) {
    EXPECT_GT(yes, 0.0);
    EXPECT_LT(yes, 1.0);
  }
  // The training share of likes is near the tested one, and the same for every question.
  const Baseline counted = form->baselines(asked).front();
  EXPECT_NEAR(counted.answers.numbers.front(), static_cast<double>(liked) / static_cast<double>(asked.size()), 0.25);
  EXPECT_THAT(counted.answers.numbers, testing::Each(counted.answers.numbers.front()));
}

TEST_F(AnswerFormTest, QuestionsAreTheSameEveryTimeAndDrawnBySeed) {
  const QuestionSampler sampler(run_);
  evaluate_.reviews = 5;
  const QuestionSample five = sampler.sample(prompt("1-1"));
  EXPECT_EQ(five.questions.size(), 5u);
  EXPECT_GT(five.of, 5u);
  EXPECT_EQ(sampler.sample(prompt("1-1")).number(), five.number());
  EXPECT_EQ(sampler.sample(prompt("1-4")).number(), five.number());  // of the same reviews
  evaluate_.seed = 1;
  EXPECT_NE(sampler.sample(prompt("1-1")).number(), five.number());
}

TEST_F(AnswerFormTest, HalfOfTheProposedStarsAreTrue) {
  evaluate_.reviews = 0;
  std::size_t yes = 0;
  const auto asked = questions("1-3");
  for (const TaskQuestion& question : asked) yes += *question.positive;
  EXPECT_TRUE(yes > asked.size() / 4 && yes < asked.size() * 3 / 4) << yes << " of " << asked.size();
}

}  // namespace
}  // namespace p5
