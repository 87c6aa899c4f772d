#include "base/json_field.h"
#include "cli/prompt_answer.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"

namespace p5::cli {
namespace {

class SummarizeVerb final : public Verb {
 public:
  std::string name() const override { return "summarize"; }
  std::string summary() const override { return "a headline for a review, and its stars"; }
  std::string examples() const override {
    return "  p5 summarize runs/instruments --text \"Holds its tune for weeks and the tone is warm.\"\n"
           "  p5 summarize runs/instruments --text \"It broke on the first day.\" --stars --json\n";
  }
  std::vector<Argument> arguments() override {
    return shared_.around(
        {{.kind = Argument::Kind::kText,
          .name = "text",
          .help = "what somebody wrote",
          .required = true,
          .text = &request_.text},
         {.kind = Argument::Kind::kText,
          .name = "user",
          .help = "the user of the corpus who wrote it",
          .text = &request_.user},
         {.kind = Argument::Kind::kSwitch, .name = "stars", .help = "the stars it speaks of, too", .given = &stars_},
         {.kind = Argument::Kind::kText,
          .name = "prompt",
          .help = "prompt id of the headline, such as 4-1",
          .text = &request_.prompt_id}});
  }

  int run() override {
    Recommender recommender = Recommender::open(shared_.run, shared_.options);
    const PromptAnswer answer = recommender.summarize(request_);
    nlohmann::json object = to_json(answer);
    if (!shared_.json) fmt::print("{}\n", answer.text);
    if (stars_) {
      ReviewRequest request = request_;
      request.prompt_id.clear();  // that was for the headline
      const StarPrediction prediction = recommender.predict_stars_of_review(request);
      object["stars"] = prediction.stars;
      object["probabilities"] = prediction.probability;
      if (!shared_.json) fmt::print("{:.2f} stars\n", prediction.stars);
    }
    if (shared_.json) fmt::print("{}\n", pretty_json(object));
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
