#include "pipeline/play_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/json_field.h"
#include "base/progress.h"
#include "base/text_layout.h"
#include "evaluate/estimate.h"
#include "evaluate/line_plot.h"
#include "evaluate/text_table.h"
#include "p5/error.h"
#include "pipeline/asked_run_policy.h"

namespace p5 {
namespace {

using OrderedJson = nlohmann::ordered_json;

// Of one policy in one world.
struct PlayedDays {
  std::vector<double> clicks, regret;            // of each day, sums over its lists
  std::vector<double> list_clicks, list_regret;  // of each list
};

// What a list of a log would have earned, had another run made it.
struct AgainstRow {
  std::string name;
  Estimate worth;
};

// "RUN@SOURCE" or "RUN".
struct NamedRun {
  explicit NamedRun(const std::string& text) : name(text), run(text.substr(0, text.rfind('@'))) {
    if (run.size() < text.size()) source = text.substr(run.size() + 1);
  }
  std::string name, run, source = {};
};

// The runs of a request, opened once.
class PlayedRuns {
 public:
  explicit PlayedRuns(const PlayRequest& request) : request_(request) {
    if (request.run.empty()) return;
    run_ = Recommender::open(request.run, request.recommender);
    for (const std::string& text : request.against) {
      const NamedRun& other = names_.emplace_back(text);
      others_.push_back(Recommender::open(other.run, request.recommender));
    }
  }

  // Empty without a run.
  std::string name() const {
    if (!run_) return {};
    return !request_.update.empty() ? "updated" : !request_.log.empty() ? "logged" : "run";
  }
  std::unique_ptr<PlayedPolicy> make(const std::string& name, const InteractiveWorld& world,
                                     const WorldOptions& options, const PlayOptions& play) {
    if (name == "run") return std::make_unique<AskedRunPolicy>(world, *run_);
    if (name == "updated") return std::make_unique<UpdatedRunPolicy>(world, *run_, update_options(options, play));
    if (name == "logged") return make_logged(world);
    return make_played_policy(name, world, play, static_cast<std::uint64_t>(options.seed));
  }
  // Of the policy "logged".
  std::vector<AgainstRow> against(const PlayedPolicy& policy) const {
    std::vector<AgainstRow> rows;
    const auto* const logged = dynamic_cast<const LoggedRunPolicy*>(&policy);
    for (std::size_t i = 0; logged != nullptr && i < names_.size(); ++i) {
      rows.push_back({.name = names_[i].name, .worth = mean_estimate(logged->worth()[i])});
    }
    return rows;
  }

 private:
  std::unique_ptr<PlayedPolicy> make_logged(const InteractiveWorld& world) {
    std::vector<RunPolicy> others;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      others.emplace_back(others_[i], RecommendRequest{.source = names_[i].source}, names_[i].name, request_.stop);
    }
    return std::make_unique<LoggedRunPolicy>(world, *run_, request_.each, request_.log, std::move(others));
  }
  UpdatedRunPolicy::Options update_options(const WorldOptions& world, const PlayOptions& play) const {
    UpdatedRunPolicy::Options options{.folder = request_.update,
                                      .run = request_.run,
                                      .visits = play.update_visits > 0 ? play.update_visits : world.visits,
                                      .recommender = request_.recommender,
                                      .stop = request_.stop};
    OptionTable table;
    options.update.bind(table);
    for (const std::string& text : request_.update_settings) {
      if (text.starts_with("update.")) {
        table.set_assignment(text);
        continue;
      }
      const std::size_t sign = text.find('=');
      if (sign == std::string::npos) {
        throw usage_error("bad setting", {.where = "--update-set", .expected = "key=value", .got = text});
      }
      options.settings.push_back(
          {.key = text.substr(0, sign), .value = text.substr(sign + 1), .origin = "--update-set"});
    }
    return options;
  }

  const PlayRequest& request_;
  std::optional<Recommender> run_;
  std::vector<NamedRun> names_;
  std::vector<Recommender> others_;
};

PlayedDays play_one(PlayedPolicy& policy, InteractiveWorld& world, const WorldOptions& options, const PlayOptions& play,
                    const StopToken& stop) {
  const auto oracle = make_played_policy("oracle", world, play, 0);
  const auto k = static_cast<std::size_t>(play.k);
  PlayedDays days;
  for (std::int64_t day = 0; day < options.days; ++day) {
    stop_if_requested(stop, "stopped before all days were played; nothing was written");
    world.begin_day(day);
    double clicks = 0, regret = 0;
    for (const std::uint32_t user : world.visitors()) {
      const auto list = policy.list(user, k);
      days.list_regret.push_back(world.expected_clicks(user, oracle->list(user, k)) -
                                 world.expected_clicks(user, list));
      const std::vector<bool> answers = world.show(user, list);
      days.list_clicks.push_back(static_cast<double>(std::ranges::count(answers, true)));
      clicks += days.list_clicks.back();
      regret += days.list_regret.back();
      policy.learn(user, list, answers);
    }
    days.clicks.push_back(clicks);
    days.regret.push_back(regret);
  }
  return days;
}

// Of one policy in all worlds, per list.
struct PlayedRow {
  std::string name;
  Estimate clicks, regret, last_clicks;              // over the worlds, or the lists of one; the last third of the days
  std::vector<double> clicks_by_day, regret_so_far;  // means over the worlds
  std::vector<double> margin_by_day = {};            // of clicks_by_day, over the lists of a day
};

double mean_between(const std::vector<double>& values, std::size_t begin) {
  double sum = 0;
  for (std::size_t i = begin; i < values.size(); ++i) sum += values[i];
  return sum / static_cast<double>(values.size() - begin);
}

std::vector<double> margins_by_day(std::span<const PlayedDays> worlds, std::size_t days) {
  std::vector<double> margins;
  const std::size_t lists = worlds.front().list_clicks.size() / days;
  for (std::size_t day = 0; day < days; ++day) {
    std::vector<double> clicks;
    for (const PlayedDays& world : worlds) {
      const auto of_day = std::span(world.list_clicks).subspan(day * lists, lists);
      clicks.insert(clicks.end(), of_day.begin(), of_day.end());
    }
    margins.push_back(mean_estimate(clicks).margin);
  }
  return margins;
}

PlayedRow row_of(const std::string& name, std::span<const PlayedDays> worlds, double visits) {
  PlayedRow row{.name = name, .clicks = {}, .regret = {}, .last_clicks = {}, .clicks_by_day = {}, .regret_so_far = {}};
  std::vector<double> clicks, regret, last;
  const std::size_t days = worlds.front().clicks.size();
  row.clicks_by_day.resize(days);
  row.regret_so_far.resize(days);
  for (const PlayedDays& world : worlds) {
    clicks.push_back(mean_between(world.clicks, 0) / visits);
    regret.push_back(mean_between(world.regret, 0) / visits);
    last.push_back(mean_between(world.clicks, days - std::max<std::size_t>(1, days / 3)) / visits);
    double so_far = 0;
    for (std::size_t day = 0; day < days; ++day) {
      so_far += world.regret[day];
      row.clicks_by_day[day] += world.clicks[day] / visits / static_cast<double>(worlds.size());
      row.regret_so_far[day] += so_far / static_cast<double>(worlds.size());
    }
  }
  const std::vector<double>& first = worlds.front().list_clicks;
  const std::size_t last_lists = first.size() / days * std::max<std::size_t>(1, days / 3);
  const bool one = worlds.size() == 1;
  row.clicks = mean_estimate(one ? std::span(first) : std::span<const double>(clicks));
  row.regret = mean_estimate(one ? std::span(worlds.front().list_regret) : std::span<const double>(regret));
  row.last_clicks = mean_estimate(one ? std::span(first).last(last_lists) : std::span<const double>(last));
  row.margin_by_day = margins_by_day(worlds, days);
  return row;
}

std::string with_margin(const Estimate& estimate) {
  return fmt::format("{:.4f} ± {:.4f}", estimate.value, estimate.margin);
}

std::string text_of(std::span<const PlayedRow> rows, std::span<const AgainstRow> against, const WorldOptions& world,
                    const PlayOptions& options) {
  const auto worlds = static_cast<std::size_t>(options.seeds);
  std::string text = fmt::format(
      "{} users, {} items, {} days of {} lists of {}; {} from seed {}; ± is 1.96 "
      "standard errors over {}\n\n",
      world.users, world.items, world.days, world.visits, options.k, counted(worlds, "world"), world.seed,
      worlds == 1 ? "lists" : "worlds");
  TextTable table({"policy", "clicks per list", "last third", "regret per list", "regret in all"});
  for (const PlayedRow& row : rows) {
    table.add_row({row.name, with_margin(row.clicks), with_margin(row.last_clicks), with_margin(row.regret),
                   fmt::format("{:.0f}", row.regret_so_far.back())});
  }
  text += table.to_text();
  if (against.empty()) return text;
  TextTable truth({"in the place of what was logged", "clicks per list"});
  for (const AgainstRow& row : against) truth.add_row({row.name, with_margin(row.worth)});
  return text + "\n" + truth.to_text();
}

OrderedJson json_of(std::span<const PlayedRow> rows, std::span<const AgainstRow> against, const WorldOptions& world,
                    const PlayOptions& options) {
  OrderedJson object{{"users", world.users}, {"items", world.items}, {"days", world.days},     {"visits", world.visits},
                     {"k", options.k},       {"seed", world.seed},   {"worlds", options.seeds}};
  for (const PlayedRow& row : rows) {
    OrderedJson policy{{"clicks_per_list", row.clicks.value},
                       {"last_third", row.last_clicks.value},
                       {"regret_per_list", row.regret.value},
                       {"margin", row.clicks.margin}};
    policy["clicks_by_day"] = row.clicks_by_day;
    policy["margin_by_day"] = row.margin_by_day;
    policy["regret_so_far"] = row.regret_so_far;
    object["policies"][row.name] = std::move(policy);
  }
  for (const AgainstRow& row : against) {
    object["against"][row.name] = {{"clicks_per_list", row.worth.value}, {"margin", row.worth.margin}};
  }
  return object;
}

// The mean of each week up to a day, since single days are noisy.
std::vector<double> by_week(const std::vector<double>& days) {
  constexpr std::size_t kWeek = 7;
  std::vector<double> means;
  for (std::size_t day = 0; day < days.size(); ++day) {
    const std::size_t begin = day + 1 < kWeek ? 0 : day + 1 - kWeek;
    double sum = 0;
    for (std::size_t i = begin; i <= day; ++i) sum += days[i];
    means.push_back(sum / static_cast<double>(day + 1 - begin));
  }
  return means;
}

void write_files(std::span<const PlayedRow> rows, const std::filesystem::path& out, const std::string& json) {
  std::vector<PlotLine> rewards, regrets;
  for (const PlayedRow& row : rows) {
    rewards.push_back({.name = row.name, .values = by_week(row.clicks_by_day)});
    regrets.push_back({.name = row.name, .values = row.regret_so_far});
  }
  std::filesystem::create_directories(out);
  write_file_atomically(out / "play.json", json + "\n");
  write_file_atomically(out / "reward.svg",
                        line_plot_svg(rewards, {.title = "Clicks by day",
                                                .horizontal = "day",
                                                .vertical = "clicks per list, mean of the last 7 days"}));
  write_file_atomically(out / "regret.svg",
                        line_plot_svg(regrets, {.title = "What the best lists would have earned beyond",
                                                .horizontal = "day",
                                                .vertical = "clicks that were missed so far"}));
}

}  // namespace

namespace {

void check(const PlayRequest& request, const PlayOptions& options) {
  const bool more = !request.update.empty() || !request.log.empty();
  if (more && (request.run.empty() || options.seeds != 1 || (!request.update.empty() && !request.log.empty()))) {
    throw usage_error("a run is kept fresh, or logged, in one world",
                      {.where = "--update and --log",
                       .expected = "one of them, next to --run and play.seeds=1",
                       .got = request.run.empty()  ? "no run"
                              : options.seeds != 1 ? "several worlds"
                                                   : "both"});
  }
  if (!request.log.empty() || request.against.empty()) return;
  throw usage_error("runs are compared by a log, and none is written",
                    {.where = "--against", .expected = "--log next to it", .got = "none"});
}

}  // namespace

StageReport play(const PlayRequest& request, const WorldOptions& world, const PlayOptions& options) {
  check(request, options);
  PlayedRuns runs(request);
  std::vector<std::string> names = options.policies;
  if (!runs.name().empty()) names.push_back(runs.name());
  if (names.empty()) throw usage_error("no policy to play", {.where = "play.policies"});
  for (const std::string& name : options.policies) {  // unknown names are refused before any day is played
    make_played_policy(name, InteractiveWorld(world), options, 0);
  }
  if (runs.name() == "run") runs.make("run", InteractiveWorld(world), world, options);  // so is a run of other items
  std::vector<PlayedRow> rows;
  std::vector<AgainstRow> against;
  Progress progress("playing", names.size() * static_cast<std::size_t>(options.seeds), "worlds");
  for (const std::string& name : names) {
    std::vector<PlayedDays> worlds;
    for (std::int64_t i = 0; i < options.seeds; ++i) {
      WorldOptions own = world;
      own.seed = world.seed + i;
      InteractiveWorld shop(own);
      const auto policy = runs.make(name, shop, own, options);
      worlds.push_back(play_one(*policy, shop, own, options, request.stop));
      if (auto worth = runs.against(*policy); !worth.empty()) against = std::move(worth);
      progress.advance();
    }
    rows.push_back(row_of(name, worlds, static_cast<double>(world.visits)));
  }
  StageReport report{.json = pretty_json(json_of(rows, against, world, options)),
                     .text = text_of(rows, against, world, options)};
  if (!request.out.empty()) {
    write_files(rows, request.out, report.json);
    report.text += fmt::format("\nwritten to {}: play.json, reward.svg, regret.svg\n", request.out.string());
  }
  return report;
}

}  // namespace p5
