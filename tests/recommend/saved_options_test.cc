#include "recommend/saved_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "p5/error.h"

namespace p5 {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string refusal(SavedOptions& options, const std::string& setting) {
  try {
    options.change({setting});
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), 2);
    return error.what();
  }
  ADD_FAILURE() << setting << " was accepted";
  return {};
}

TEST(SavedOptions, SettingsChangeHowAnswersAreSearchedFor) {
  SavedOptions options;
  options.task.candidates = 7;
  options.change({"decode.beams=33", "decode.stars=median"});
  EXPECT_EQ(options.decode.beams, 33);
  EXPECT_EQ(options.answer.stars, AnswerOptions::Stars::kMedian);
  EXPECT_EQ(options.task.candidates, 7);
}

TEST(SavedOptions, WhatTheModelLearntCannotChange) {
  SavedOptions options;
  EXPECT_THAT(refusal(options, "task.candidates=7"),
              AllOf(HasSubstr("task.candidates"), HasSubstr("belongs to the model"), HasSubstr("got 7")));
  EXPECT_THAT(refusal(options, "split.seed=7"), HasSubstr("belongs to the data"));
  EXPECT_THAT(refusal(options, "decode.beam=7"), HasSubstr("did you mean 'decode.beams'"));
  EXPECT_THAT(refusal(options, "decode.beams=none"), HasSubstr("decode.beams"));
  EXPECT_THAT(refusal(options, "train.lr=5"), AllOf(HasSubstr("'train.lr' cannot change after training"),
                                                    HasSubstr("decode.*"), HasSubstr("rerank.*")));
  EXPECT_THAT(refusal(options, "beams=5"), HasSubstr("did you mean 'decode.beams'"));
}

}  // namespace
}  // namespace p5
