#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/json_field.h"
#include "cli/answer_table.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"
#include "p5/recommender.h"
#include "recommend/answer_json.h"

namespace p5::cli {
namespace {

class SummarizeVerb final : public Verb {
 public:
  std::string name() const override { return "summarize"; }
  std::string summary() const override { return "a headline for a review, and its rating"; }
  std::string examples() const override {
    return "  p5 summarize runs/instruments --text \"Holds its tune for weeks and the tone is warm.\"\n"
           "  p5 summarize runs/instruments --text \"It broke on the first day.\" --stars --json\n";
  }
  std::vector<Argument> arguments() override {
    return shared_.around(
        {{.kind = Argument::Kind::kText,
          .name = "text",
          .help = "text of the review",
          .required = true,
          .text = &request_.text},
         {.kind = Argument::Kind::kText,
          .name = "user",
          .help = "the user of the corpus who wrote it",
          .text = &request_.user},
         {.kind = Argument::Kind::kSwitch, .name = "stars", .help = "also predict the rating", .given = &stars_},
         {.kind = Argument::Kind::kSwitch,
          .name = "generate",
          .help = "the headline that the model says first, whatever the stars of the text",
          .given = &request_.generate},
         {.kind = Argument::Kind::kText,
          .name = "prompt",
          .help = "prompt id of the headline, such as 4-1",
          .text = &request_.prompt_id}});
  }

  int run() override {
    Recommender recommender = Recommender::open(shared_.run, shared_.options);
    const PromptAnswer answer = recommender.summarize(request_);
    std::optional<PredictedRating> stars;
    if (stars_) {
      ReviewRequest request = request_;
      request.prompt_id.clear();  // that was for the headline
      stars = recommender.predict_rating_of_review(request);
    }
    if (shared_.json) return fmt::print("{}\n", pretty_json(to_json(answer, stars))), 0;
    fmt::print("{}\n", shown(answer.text));
    if (stars) fmt::print("{:.2f} stars (scale: {})\n", stars->stars, stars->scale);
    return 0;
  }

 private:
  RunArguments shared_;
  ReviewRequest request_;
  bool stars_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_summarize_verb() { return std::make_unique<SummarizeVerb>(); }

}  // namespace p5::cli
