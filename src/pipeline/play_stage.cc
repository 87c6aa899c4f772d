#include "pipeline/play_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/json_field.h"
#include "base/progress.h"
#include "evaluate/estimate.h"
#include "evaluate/line_plot.h"
#include "evaluate/text_table.h"
#include "p5/error.h"

namespace p5 {
namespace {

using OrderedJson = nlohmann::ordered_json;

// Of one policy in one world.
struct PlayedDays {
  std::vector<double> clicks, regret;  // of each day, sums over its lists
};

PlayedDays play_one(const std::string& name, WorldOptions options, const PlayOptions& play, Recommender* recommender,
                    const StopToken& stop) {
  InteractiveWorld world(options);
  const auto policy = make_played_policy(name, world, play, static_cast<std::uint64_t>(options.seed), recommender);
  const auto oracle = make_played_policy("oracle", world, play, 0, nullptr);
  const auto k = static_cast<std::size_t>(play.k);
  PlayedDays days;
  for (std::int64_t day = 0; day < options.days; ++day) {
    stop_if_requested(stop, "stopped before all days were played; nothing was written");
    world.begin_day(day);
    double clicks = 0, regret = 0;
    for (const std::uint32_t user : world.visitors()) {
      const auto list = policy->list(user, k);
      regret += world.expected_clicks(user, oracle->list(user, k)) - world.expected_clicks(user, list);
      const std::vector<bool> answers = world.show(user, list);
      clicks += static_cast<double>(std::ranges::count(answers, true));
      policy->learn(user, list, answers);
    }
    days.clicks.push_back(clicks);
    days.regret.push_back(regret);
  }
  return days;
}

// Of one policy in all worlds, per list.
struct PlayedRow {
  std::string name;
  Estimate clicks, regret, last_clicks;              // over the worlds; the last third of the days
  std::vector<double> clicks_by_day, regret_so_far;  // means over the worlds
};

double mean_between(const std::vector<double>& values, std::size_t begin) {
  double sum = 0;
  for (std::size_t i = begin; i < values.size(); ++i) sum += values[i];
  return sum / static_cast<double>(values.size() - begin);
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
  row.clicks = mean_estimate(clicks);
  row.regret = mean_estimate(regret);
  row.last_clicks = mean_estimate(last);
  return row;
}

std::string with_margin(const Estimate& estimate, std::size_t worlds) {
  return worlds < 2 ? fmt::format("{:.4f}", estimate.value)
                    : fmt::format("{:.4f} ± {:.4f}", estimate.value, estimate.margin);
}

std::string text_of(std::span<const PlayedRow> rows, const WorldOptions& world, const PlayOptions& options) {
  const auto worlds = static_cast<std::size_t>(options.seeds);
  std::string text = fmt::format("{} users, {} items, {} days of {} lists of {}; {} worlds from seed {}\n\n",
                                 world.users, world.items, world.days, world.visits, options.k, worlds, world.seed);
  TextTable table({"policy", "clicks per list", "last third", "regret per list", "regret in all"});
  for (const PlayedRow& row : rows) {
    table.add_row({row.name, with_margin(row.clicks, worlds), with_margin(row.last_clicks, worlds),
                   with_margin(row.regret, worlds), fmt::format("{:.0f}", row.regret_so_far.back())});
  }
  return text + table.to_text();
}

OrderedJson json_of(std::span<const PlayedRow> rows, const WorldOptions& world, const PlayOptions& options) {
  OrderedJson object{{"users", world.users}, {"items", world.items}, {"days", world.days},     {"visits", world.visits},
                     {"k", options.k},       {"seed", world.seed},   {"worlds", options.seeds}};
  for (const PlayedRow& row : rows) {
    OrderedJson policy{{"clicks_per_list", row.clicks.value},
                       {"last_third", row.last_clicks.value},
                       {"regret_per_list", row.regret.value}};
    if (options.seeds > 1) policy["margin"] = row.clicks.margin;
    policy["clicks_by_day"] = row.clicks_by_day;
    policy["regret_so_far"] = row.regret_so_far;
    object["policies"][row.name] = std::move(policy);
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

StageReport play(const PlayRequest& request, const WorldOptions& world, const PlayOptions& options) {
  std::optional<Recommender> recommender;
  std::vector<std::string> names = options.policies;
  if (!request.run.empty()) {
    recommender = Recommender::open(request.run, request.recommender);
    names.emplace_back("run");
  }
  if (names.empty()) throw usage_error("no policy to play", {.where = "play.policies"});
  for (const std::string& name : names) {  // unknown names are refused before any day is played
    make_played_policy(name, InteractiveWorld(world), options, 0, recommender ? &*recommender : nullptr);
  }
  std::vector<PlayedRow> rows;
  Progress progress("playing", names.size() * static_cast<std::size_t>(options.seeds), "worlds");
  for (const std::string& name : names) {
    std::vector<PlayedDays> worlds;
    for (std::int64_t i = 0; i < options.seeds; ++i) {
      WorldOptions own = world;
      own.seed = world.seed + i;
      worlds.push_back(play_one(name, own, options, recommender ? &*recommender : nullptr, request.stop));
      progress.advance();
    }
    rows.push_back(row_of(name, worlds, static_cast<double>(world.visits)));
  }
  StageReport report{.json = pretty_json(json_of(rows, world, options)), .text = text_of(rows, world, options)};
  if (!request.out.empty()) {
    write_files(rows, request.out, report.json);
    report.text += fmt::format("\nwritten to {}: play.json, reward.svg, regret.svg\n", request.out.string());
  }
  return report;
}

}  // namespace p5
