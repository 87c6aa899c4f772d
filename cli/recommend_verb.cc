#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/json_field.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"
#include "p5/recommender.h"
#include "recommend/answer_json.h"
#include "recommend/candidate_sources.h"

namespace p5::cli {
namespace {

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

std::string source_help() {
  std::vector<std::string_view> names;
  for (const auto& row : candidate_sources()) names.push_back(row.name);
  return fmt::format("who proposes the items: {} (default: hybrid where the run has one)", fmt::join(names, ", "));
}

// "proposed by item-knn 62%, p5 30%, popularity 8%": parts of less than half a percent are left out.
std::string why_text(const std::vector<SourceShare>& why) {
  std::vector<std::string> parts;
  for (const SourceShare& part : why) {
    if (part.share >= 0.005) parts.push_back(fmt::format("{} {:.0f}%", part.source, 100 * part.share));
  }
  return fmt::format("proposed by {}", fmt::join(parts, ", "));
}

class RecommendVerb final : public Verb {
 public:
  std::string name() const override { return "recommend"; }
  std::string summary() const override { return "the next items for a user or a history"; }
  std::string examples() const override {
    return "  p5 recommend runs/beauty --user A1YJEY40YUW4SE -k 5\n"
           "  p5 recommend runs/beauty --history B004756YJA,B004ZT0SSG --json\n"
           "  p5 recommend runs/beauty --user A1YJEY40YUW4SE --explain\n"
           "  p5 recommend runs/beauty --user A1YJEY40YUW4SE --source item-knn\n"
           "  p5 recommend runs/beauty --user A1YJEY40YUW4SE --source p5 --prompt 2-3\n"
           "  p5 recommend runs/beauty --user A1YJEY40YUW4SE --rerank mmr --set rerank.strength=0.5\n";
  }
  std::vector<Argument> arguments() override {
    return shared_.around(
        {{.kind = Argument::Kind::kText, .name = "user", .help = "a user of the corpus", .text = &request_.user},
         {.kind = Argument::Kind::kText,
          .name = "history",
          .help = "item keys, oldest first, separated by commas",
          .text = &history_},
         {.kind = Argument::Kind::kText,
          .name = "candidates",
          .help = "rank only these item keys",
          .text = &candidates_},
         {.kind = Argument::Kind::kInteger,
          .name = "k",
          .help = "number of items (default 10)",
          .integer = &request_.k},
         {.kind = Argument::Kind::kSwitch,
          .name = "keep-seen",
          .help = "items of the history may be recommended again",
          .given = &request_.keep_seen},
         {.kind = Argument::Kind::kSwitch,
          .name = "explain",
          .help = "also print why: the sources of each item, or a sentence of the model",
          .given = &request_.explain},
         {.kind = Argument::Kind::kText, .name = "source", .help = source_help(), .text = &request_.source},
         {.kind = Argument::Kind::kText,
          .name = "rerank",
          .help = "order of the list: none, mmr, dpp, calibrate, shuffle; --set rerank.strength=0.3 and others",
          .text = &request_.rerank},
         {.kind = Argument::Kind::kText,
          .name = "prompt",
          .help = "prompt id, such as 2-3",
          .text = &request_.prompt_id}});
  }

  int run() override {
    request_.history = split_list(history_);
    request_.candidates = split_list(candidates_);
    const auto items = Recommender::open(shared_.run, shared_.options).recommend(request_);
    if (shared_.json) {
      fmt::print("{}\n", pretty_json(to_json(request_, items)));
      return 0;
    }
    fmt::print("rank   score  item          title\n");
    for (std::size_t i = 0; i < items.size(); ++i) {
      fmt::print("{:>4}  {:>6.2f}  {:<12}  {}\n", i + 1, items[i].score, items[i].item, items[i].title);
      if (request_.explain && !items[i].explanation.empty()) fmt::print("{:>14}{}\n", "", items[i].explanation);
      if (request_.explain && !items[i].why.empty()) fmt::print("{:>14}{}\n", "", why_text(items[i].why));
    }
    return 0;
  }

 private:
  RecommendRequest request_;
  RunArguments shared_;
  std::string history_, candidates_;
};

}  // namespace

std::unique_ptr<Verb> make_recommend_verb() { return std::make_unique<RecommendVerb>(); }

}  // namespace p5::cli
