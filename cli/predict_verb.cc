#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "base/terminal_text.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"
#include "p5/recommender.h"
#include "recommend/answer_json.h"

namespace p5::cli {
namespace {

class PredictVerb final : public Verb {
 public:
  std::string name() const override { return "predict"; }
  std::string summary() const override { return "the predicted rating of an item by a user"; }
  std::string examples() const override { return "  p5 predict runs/beauty --user A1YJEY40YUW4SE --item B004756YJA\n"; }
  std::vector<Argument> arguments() override {
    return shared_.around({{.kind = Argument::Kind::kText,
                            .name = "user",
                            .help = "a user of the corpus",
                            .required = true,
                            .text = &user_},
                           {.kind = Argument::Kind::kText,
                            .name = "item",
                            .help = "an item of the corpus",
                            .required = true,
                            .text = &item_}});
  }

  int run() override {
    const PredictedRating prediction = Recommender::open(shared_.run, shared_.options).predict_rating(user_, item_);
    if (shared_.json) {
      fmt::print("{}\n", pretty_json(to_json(user_, item_, prediction)));
      return 0;
    }
    fmt::print("{:.2f} stars for item {} by user {}\n", prediction.stars, terminal_text(item_), terminal_text(user_));
    for (int star = 5; star >= 1; --star) {
      const double probability = prediction.probability[star - 1];
      fmt::print("  {}  {:>5.1f}%  {}\n", star, 100 * probability,
                 std::string(static_cast<std::size_t>(40 * probability + 0.5), '#'));
    }
    return 0;
  }

 private:
  RunArguments shared_;
  std::string user_, item_;
};

}  // namespace

std::unique_ptr<Verb> make_predict_verb() { return std::make_unique<PredictVerb>(); }

}  // namespace p5::cli
