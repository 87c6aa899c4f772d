#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/interrupt.h"
#include "base/json_field.h"
#include "base/logger.h"
#include "base/progress.h"
#include "base/status_line.h"
#include "base/terminal_text.h"
#include "cli/answer_table.h"
#include "cli/exploration_argument.h"
#include "cli/filter_arguments.h"
#include "cli/request_notes.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"
#include "p5/error.h"
#include "p5/recommender.h"
#include "pipeline/batch_recommend.h"
#include "recommend/answer_json.h"
#include "train/process_group.h"
#include "train/trainer.h"

namespace p5::cli {
namespace {

// Unknown lines of a list of users: the first few, and how many there are.
void warn_of(const std::vector<std::string>& problems) {
  constexpr std::size_t kShown = 10;
  for (std::size_t i = 0; i < problems.size() && i < kShown; ++i) log_warning(problems[i]);
  if (problems.size() > kShown) log_warning(fmt::format("and {} more such lines", problems.size() - kShown));
}

class RecommendVerb final : public Verb {
 public:
  std::string name() const override { return "recommend"; }
  std::string summary() const override { return "the next items for a user or a history, or for many users at once"; }
  std::string examples() const override {
    return "  p5 recommend runs/beauty --user A1YJEY40YUW4SE -k 5\n"
           "  p5 recommend runs/beauty --history B004756YJA,B004ZT0SSG --top 3 --json\n"
           "  p5 recommend runs/beauty --user A1YJEY40YUW4SE --explain\n"
           "  p5 recommend runs/beauty --user A1YJEY40YUW4SE --source item-knn --where \"price<20 title~shampoo\"\n"
           "  p5 recommend runs/beauty --user A1YJEY40YUW4SE --source p5 --prompt 2-3\n"
           "  p5 recommend runs/beauty --user A1YJEY40YUW4SE --rerank mmr --set rerank.strength=0.5\n"
           "  p5 recommend runs/beauty --user A1YJEY40YUW4SE --explore epsilon --set rerank.strength=0.1 --json\n"
           "  p5 recommend runs/beauty --all-users --out lists.jsonl\n"
           "  p5 recommend runs/beauty --users today.txt --available stock.txt --out lists.csv\n";
  }
  std::vector<Argument> arguments() override {
    std::vector<Argument> own = of_users();
    const std::vector<Argument> items = of_items();
    own.insert(own.end(), items.begin(), items.end());
    filter_.add_to(own);
    return shared_.around(own);
  }

  int run() override {
    request_.history = split_list(history_);
    request_.candidates = split_list(candidates_);
    apply_exploration(explore_, request_);
    check_arguments();
    Recommender recommender = Recommender::open(shared_.run, shared_.options);
    filter_.apply(recommender, request_);
    if (all_users_ || !users_.empty()) return answer_many(recommender);
    const RequestNotes notes = recommender.notes(request_);
    const auto items = recommender.recommend(request_);
    warn_of_skipped(notes.skipped);
    const auto history = recommender.history_of(request_);
    if (shared_.json) {
      nlohmann::json object = to_json(request_, items, {.run = shared_.run, .history = history});
      add_notes(notes.skipped, notes.fallback, object);
      fmt::print("{}\n", pretty_json(object));
      return 0;
    }
    const std::size_t width = output_width();
    fmt::print("{}", history_line(request_.user, history, width));
    if (!notes.fallback.empty()) fmt::print("Nothing is known of this user; these are the most popular items.\n");
    if (items.empty()) {
      fmt::print("{}\n", why_nothing(recommender));
      return 0;
    }
    fmt::print("{}{}", source_line(items.front().source),
               answer_table(items, {.why = request_.explain, .width = width}));
    return 0;
  }

 private:
  std::vector<Argument> of_users() {
    return {{.kind = Argument::Kind::kText,
             .name = "user",
             .help = "a user of the corpus",
             .text = &request_.user,
             .instead_of_repeating = "for many users: --users FILE, or --all-users"},
            {.kind = Argument::Kind::kText,
             .name = "history",
             .help = "item keys, oldest first, separated by commas",
             .text = &history_,
             .given = &history_given_},
            {.kind = Argument::Kind::kSwitch, .name = "strict", .help = kStrictHelp, .given = &request_.strict},
            {.kind = Argument::Kind::kSwitch,
             .name = "all-users",
             .help = "every user of the corpus; with --out",
             .given = &all_users_},
            {.kind = Argument::Kind::kText,
             .name = "users",
             .help = "the users of this file, one key per line",
             .text = &users_},
            {.kind = Argument::Kind::kText,
             .name = "out",
             .help = "file of the answers for many users, .jsonl or .csv; an interrupted one is continued",
             .text = &out_,
             .value = "FILE"},
            {.kind = Argument::Kind::kSwitch,
             .name = "force",
             .help = "replace a finished --out, or begin an unfinished one anew",
             .given = &force_}};
  }

  std::vector<Argument> of_items() {
    return {
        {.kind = Argument::Kind::kText,
         .name = "candidates",
         .help = "rank only these item keys",
         .text = &candidates_},
        {.kind = Argument::Kind::kInteger,
         .name = "k",
         .help = "number of items (default 10)",
         .integer = &request_.k,
         .also = {"n", "top"}},
        {.kind = Argument::Kind::kSwitch,
         .name = "keep-seen",
         .help = "items of the history may be recommended again",
         .given = &request_.keep_seen},
        {.kind = Argument::Kind::kSwitch,
         .name = "explain",
         .help = "a sentence per item: what a customer wrote about it, else one of the model, else an item of the "
                 "history; and the sources of each item",
         .given = &request_.explain},
        {.kind = Argument::Kind::kSwitch,
         .name = "generate",
         .help = "with --explain: the model writes every sentence",
         .given = &request_.generate},
        {.kind = Argument::Kind::kText,
         .name = "source",
         .help = source_help("hybrid where the run has one"),
         .text = &request_.source},
        {.kind = Argument::Kind::kText,
         .name = "rerank",
         .help = "order of the list: none, mmr, dpp, calibrate, or as --explore; --set rerank.strength=0.3 and others",
         .text = &request_.rerank},
        exploration_argument(explore_),
        bandits_argument(shared_.options.bandits),
        {.kind = Argument::Kind::kText,
         .name = "prompt",
         .help = "prompt id, such as 2-3",
         .text = &request_.prompt_id}};
  }

  // Why no item is left.
  std::string why_nothing(Recommender& recommender) const {
    RecommendRequest with_seen = request_;
    with_seen.keep_seen = true;
    with_seen.explain = with_seen.because = false;
    if (!request_.keep_seen && !recommender.recommend(with_seen).empty()) {
      return "Nothing is left to recommend: every candidate is in the history; --keep-seen shows them.";
    }
    return "Nothing is left to recommend: no item of the catalogue fits.";
  }

  // Where the run answers otherwise than its name says.
  std::string source_line(const std::string& source) const {
    const bool counts = request_.source.empty() && source == "item-knn";
    return counts ? "by item-knn: the run was trained without questions about the next item\n" : "";
  }

  void check_arguments() const {
    if (history_given_ && request_.history.empty()) {
      throw usage_error("empty", {.where = "request.history", .expected = "item keys, separated by commas"});
    }
    const bool many = all_users_ || !users_.empty();
    const bool one = !request_.user.empty() || !request_.history.empty();
    if (many && (one || (all_users_ && !users_.empty()))) {
      throw usage_error(
          "users are given twice",
          {.where = "request.user, request.history, request.users and --all-users", .expected = "one of them"});
    }
    if (!many && !out_.empty()) {
      throw usage_error("only answers for many users go into a file",
                        {.where = "request.out", .expected = "--all-users or --users with it"});
    }
    if (many && out_.empty() && !shared_.json) {
      throw usage_error("answers for many users need a place",
                        {.where = "request.out", .expected = "a file, or --json for one line per user on stdout"});
    }
    if (!out_.empty()) answer_format_of(out_);  // refused before the run is opened
  }

  int answer_many(Recommender& recommender) {
    UserList list =
        users_.empty() ? UserList{.users = recommender.user_keys(), .problems = {}} : read_users(users_, recommender);
    warn_of(list.problems);
    const TrainingWorld world = TrainingWorld::from_environment();
    const auto group = join_processes(world, TrainOptions().rank_timeout);
    const BatchRequest batch{.each = request_,
                             .users = std::move(list.users),
                             .run = shared_.run,
                             .out = out_,
                             .replace = force_,
                             .group = group.get(),
                             .stop = interrupt_token()};
    if (out_.empty()) {
      recommend_in_batches(recommender, batch, AnswerFormat::kJsonLines, [&](std::string_view lines, std::size_t) {
        if (!world.leads()) return;
        const StatusLine::Aside aside;
        std::fwrite(lines.data(), 1, lines.size(), stdout);
      });
      return 0;
    }
    const BatchResult result = recommend_to_file(recommender, batch);
    if (!world.leads()) {
      fmt::print("{}\n", world.remark("answered"));
      return 0;
    }
    if (shared_.json) {
      fmt::print("{}\n", pretty_json(nlohmann::ordered_json{{"out", out_},
                                                            {"users", result.users},
                                                            {"resumed_from", result.resumed_from},
                                                            {"items", result.items},
                                                            {"skipped_lines", list.problems.size()},
                                                            {"seconds", result.seconds}}));
      return 0;
    }
    fmt::print("{}: {} users{}, {} items in {}\n", terminal_text(out_), result.users,
               result.resumed_from > 0 ? fmt::format(" ({} of them from before)", result.resumed_from) : "",
               result.items, format_duration(result.seconds));
    return 0;
  }

  RecommendRequest request_;
  RunArguments shared_;
  FilterArguments filter_;
  std::string history_, candidates_, users_, out_, explore_;
  bool all_users_ = false, force_ = false, history_given_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_recommend_verb() { return std::make_unique<RecommendVerb>(); }

}  // namespace p5::cli
