#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/json_field.h"
#include "base/text_width.h"
#include "cli/answer_table.h"
#include "cli/filter_arguments.h"
#include "cli/request_notes.h"
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
  std::string examples() const override {
    return "  p5 predict runs/beauty --user A1YJEY40YUW4SE --item B004756YJA\n"
           "  p5 predict runs/beauty --history B004ZT0SSG:5,B002WLWX82:2 --item B004756YJA\n";
  }
  std::vector<Argument> arguments() override {
    return shared_.around(
        {{.kind = Argument::Kind::kText, .name = "user", .help = "a user of the corpus", .text = &request_.user},
         {.kind = Argument::Kind::kText,
          .name = "history",
          .help = "in place of a user: items with the stars that they got, oldest first: A:5,B:2",
          .text = &history_},
         {.kind = Argument::Kind::kText,
          .name = "item",
          .help = "an item of the corpus",
          .required = true,
          .text = &request_.item},
         {.kind = Argument::Kind::kSwitch, .name = "strict", .help = kStrictHelp, .given = &request_.strict}});
  }

  int run() override {
    request_.history = rated_items(history_);
    Recommender recommender = Recommender::open(shared_.run, shared_.options);
    const PredictedRating prediction = recommender.predict_rating(request_);
    const ItemName item = recommender.item_named(request_.item);
    warn_of_skipped(prediction.skipped);
    if (shared_.json) {
      fmt::print("{}\n", pretty_json(to_json(request_, item, prediction)));
      return 0;
    }
    if (!prediction.fallback.empty()) fmt::print("Nothing is known of this user; this is what others gave the item.\n");
    const std::string name = item.title.empty() ? "" : fmt::format(" ({})", shown(item.title));
    const std::string line =
        fmt::format("{:.2f} stars for {}{} by {} (scale: {})", prediction.stars, shown(item.item), name,
                    request_.user.empty() ? "the user of this history" : shown(request_.user), prediction.scale);
    const std::size_t width = output_width();
    fmt::print("{}\n", width > 0 ? cut_to_width(line, width) : line);
    std::size_t level_width = 1;  // of the levels
    for (const double level : prediction.levels)
      level_width = std::max(level_width, fmt::formatted_size("{:.10g}", level));
    for (std::size_t i = prediction.levels.size(); i-- > 0;) {
      const double probability = prediction.probability[i];
      const std::string bar(static_cast<std::size_t>(40 * probability + 0.5), '#');
      fmt::print("  {:>{}}  {:>5.1f}%{}{}\n", fmt::format("{:.10g}", prediction.levels[i]), level_width,
                 100 * probability, bar.empty() ? "" : "  ", bar);
    }
    return 0;
  }

 private:
  // "A:5,B": the last colon before a number ends the key, so that keys may have colons.
  static std::vector<RatedItem> rated_items(const std::string& text) {
    std::vector<RatedItem> items;
    for (const std::string& entry : split_list(text)) {
      const std::size_t colon = entry.rfind(':');
      double stars = 0;
      const char* const end = entry.data() + entry.size();
      if (colon != std::string::npos && colon > 0 && colon + 1 < entry.size()) {
        const auto [stop, failure] = std::from_chars(entry.data() + colon + 1, end, stars);
        if (failure == std::errc() && stop == end) {
          items.push_back({.item = entry.substr(0, colon), .stars = stars});
          continue;
        }
      }
      items.push_back({.item = entry});
    }
    return items;
  }

  RunArguments shared_;
  PredictRequest request_;
  std::string history_;
};

}  // namespace

std::unique_ptr<Verb> make_predict_verb() { return std::make_unique<PredictVerb>(); }

}  // namespace p5::cli
