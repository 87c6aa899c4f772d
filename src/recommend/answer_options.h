// How answers are read off the model's probabilities.
#pragma once

#include "base/option_table.h"

namespace p5 {

struct AnswerOptions {
  // Which number the distribution over the levels of the rating scale becomes: the mean has the least squared error,
  // the median the least absolute error, the mode is what greedy decoding (P5) would print; calibrated is the mean on
  // the scale of real stars (recommend/rating_calibration.h).
  enum class Stars { kMean, kMedian, kMode, kCalibrated };
  Stars stars = Stars::kMean;
  bool review_words = true;    // stars of reviews: mixed with those of their words (recommend/review_stars_model.h)
  bool rating_mixture = true;  // predicted stars: mixed with those of predictors that count (recommend/mixed_ratings.h)
  std::string sequential_prompt = "2-3";  // prompts that questions are asked with
  std::string direct_prompt = "5-5";
  std::string rating_prompt = "1-1";
  // Empty: the first trained prompt that asks so (recommend/prompt_choice.h).
  std::string explanation_prompt = {};  // without a feature
  std::string feature_prompt = {};      // why, about a feature
  std::string headline_prompt = {};     // of a review
  std::string review_prompt = {};       // stars of a review

  void bind(OptionTable& options) {
    const OptionBinder table(options, OptionScope::kAnswer);
    table.add_choice(
        "decode.stars", &stars,
        {{"mean", Stars::kMean},
         {"median", Stars::kMedian},
         {"mode", Stars::kMode},
         {"calibrated", Stars::kCalibrated}},
        {.help = "how a distribution over stars becomes a number; calibrated: its mean, mapped by the line that "
                 "fits the validation reviews"});
    table.add("decode.review_words", &review_words,
              {.help = "mix the model's stars of a review with those that its words say"});
    table.add(
        "decode.rating_mixture", &rating_mixture,
        {.help = "mix the model's predicted stars with those of user-item-mean, matrix-factorization and, where users "
                 "have attributes, logistic-regression, in the shares that the validation reviews taught; false: "
                 "the model alone"});
    table.add("decode.sequential_prompt", &sequential_prompt, {.help = "prompt that asks for the next item"});
    table.add("decode.direct_prompt", &direct_prompt, {.help = "prompt that asks to choose among candidates"});
    table.add("decode.rating_prompt", &rating_prompt, {.help = "prompt that asks for stars"});
    table.add("decode.explanation_prompt", &explanation_prompt,
              {.help = "prompt that asks why; empty: the first trained one that is given no hint"});
    table.add("decode.feature_prompt", &feature_prompt,
              {.help = "prompt that asks about a feature; empty: the first trained one"});
    table.add("decode.headline_prompt", &headline_prompt,
              {.help = "prompt that asks for a review's headline; empty: the first trained one"});
    table.add("decode.review_prompt", &review_prompt,
              {.help = "prompt that asks for a review's stars; empty: the first trained one"});
  }
};

}  // namespace p5
