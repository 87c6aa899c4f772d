#include "pipeline/leaderboard.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/progress.h"
#include "base/text_layout.h"
#include "evaluate/paired_difference.h"
#include "evaluate/scatter_plot.h"
#include "evaluate/text_table.h"
#include "p5/error.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;
using Rankings = std::vector<const MeasuredRanking*>;
constexpr const char* kCompared = "ndcg@10";

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double deviation_of(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

LeaderboardRanking mean_of(const Rankings& seeds) {
  LeaderboardRanking mean;
  for (const auto& [name, first] : seeds.front()->scores) {
    std::vector<double> values;
    for (const MeasuredRanking* seed : seeds) values.push_back(seed->value(name));
    mean.scores.emplace_back(name, mean_of(values));
    if (name == kCompared) mean.seed_deviation = deviation_of(values);
  }
  mean.ndcg.assign(seeds.front()->ndcg.size(), 0.0);
  for (const MeasuredRanking* seed : seeds) {
    for (std::size_t user = 0; user < mean.ndcg.size() && user < seed->ndcg.size(); ++user) {
      mean.ndcg[user] += seed->ndcg[user] / static_cast<double>(seeds.size());
    }
  }
  mean.margin = mean_difference(mean.ndcg, std::vector<double>(mean.ndcg.size(), 0.0)).margin;
  return mean;
}

// One line per row that every seed of the entry has.
void add_lines(const LeaderboardEntry& entry, std::vector<LeaderboardLine>& lines) {
  const MeasuredEntry& first = entry.seeds.front();
  for (std::size_t r = 0; r < first.rows.size(); ++r) {
    LeaderboardLine line{.name = r == 0 ? entry.name : entry.name + ": " + first.rows[r].source,
                         .trained = first.trained,
                         .seeds = entry.seeds.size(),
                         .users = first.rows[r].users,
                         .questions = first.rows[r].questions};
    Rankings keep, drop;
    std::vector<double> valid, fit, measure;
    for (const MeasuredEntry& seed : entry.seeds) {
      keep.push_back(&seed.rows.at(r).keep);
      drop.push_back(&seed.rows.at(r).drop);
      valid.push_back(seed.rows.at(r).valid_keep.value(kCompared));
      fit.push_back(seed.fit_seconds);
      measure.push_back(seed.rows.at(r).seconds);
      line.peak_memory = std::max(line.peak_memory, seed.peak_memory);
    }
    line.keep = mean_of(keep);
    line.drop = mean_of(drop);
    line.valid = mean_of(valid);
    line.fit_seconds = mean_of(fit);
    line.measure_seconds = mean_of(measure);
    lines.push_back(std::move(line));
  }
}

void compare(const LeaderboardRanking& first, std::size_t resamples, LeaderboardRanking& other) {
  if (other.ndcg.size() == first.ndcg.size()) other.to_first = paired_bootstrap(other.ndcg, first.ndcg, resamples);
}

std::string memory_text(std::uint64_t bytes) {
  return fmt::format("{:.0f} MiB", static_cast<double>(bytes) / (1 << 20));
}

// "-0.0031 [-0.0052, -0.0011]!"
std::string difference_text(const LeaderboardRanking& ranking) {
  if (!ranking.to_first) return "";
  const BootstrapInterval& found = *ranking.to_first;
  return fmt::format("{:+.4f} [{:+.4f}, {:+.4f}]{}", found.difference, found.low, found.high,
                     found.is_significant() ? "!" : " ");
}

const std::vector<std::string>& header() {
  static const std::vector<std::string> columns{"",     "valid N@10", "allowed R@10", "N@10",   "removed R@10",
                                                "N@10", "seeds",      "fit",          "memory", "keep N@10 - first"};
  return columns;
}

std::vector<std::string> cells_of(const LeaderboardLine& line, bool first) {
  const auto ranking = [](const LeaderboardRanking& of) {
    return fmt::format("{:.4f} ± {:.4f}", of.value(kCompared), of.margin);
  };
  return {line.name,
          fmt::format("{:.4f}", line.valid),
          fmt::format("{:.4f}", line.keep.value("hr@10")),
          ranking(line.keep),
          fmt::format("{:.4f}", line.drop.value("hr@10")),
          ranking(line.drop),
          line.seeds > 1 ? fmt::format("{} (sd {:.4f})", line.seeds, line.keep.seed_deviation) : "1",
          format_duration(line.fit_seconds),
          memory_text(line.peak_memory),
          first ? "" : difference_text(line.keep)};
}

constexpr const char* kNotes =
    "In the order of validation NDCG@10; all other columns are of the test part. Allowed and removed: whether items of "
    "the user's history may be recommended; ± is the "
    "95% interval over users; the last column is the difference to the first row with the 95% interval of a paired "
    "bootstrap over users, and ! where that excludes 0.";

}  // namespace

double LeaderboardRanking::value(const std::string& score) const {
  const auto found = std::find_if(scores.begin(), scores.end(), [&](const auto& pair) { return pair.first == score; });
  if (found == scores.end()) throw not_found_error("no such score", {.where = "leaderboard", .got = score});
  return found->second;
}

Leaderboard make_leaderboard(const std::vector<LeaderboardEntry>& entries, std::size_t resamples) {
  Leaderboard board;
  for (const LeaderboardEntry& entry : entries) {
    if (!entry.seeds.empty()) add_lines(entry, board.lines);
    if (!entry.problem.empty()) board.failed.push_back(entry);
  }
  std::stable_sort(board.lines.begin(), board.lines.end(),
                   [](const auto& a, const auto& b) { return a.valid > b.valid; });
  for (std::size_t i = 1; i < board.lines.size(); ++i) {
    if (board.lines[i].questions != board.lines[0].questions) continue;
    compare(board.lines[0].keep, resamples, board.lines[i].keep);
    compare(board.lines[0].drop, resamples, board.lines[i].drop);
  }
  return board;
}

std::string Leaderboard::to_text() const {
  TextTable table(header());
  for (const LeaderboardLine& line : lines) table.add_row(cells_of(line, &line == &lines.front()));
  std::string text = fmt::format("{}, {} users, all items ranked, equal times: {}\n\n", corpus,
                                 lines.empty() ? "0" : with_commas(lines.front().users), ties) +
                     table.to_text();
  for (const LeaderboardEntry& entry : failed) text += fmt::format("{}: {}\n", entry.name, entry.problem);
  return text + "\n" + kNotes + "\n";
}

std::string Leaderboard::to_markdown() const {
  const auto row = [](const std::vector<std::string>& cells) {
    return fmt::format("| {} |\n", fmt::join(cells, " | "));
  };
  std::string text =
      fmt::format("# {}\n\n{} users, all items ranked, equal times: {}, data {}.\n{}\n\n", corpus,
                  lines.empty() ? "0" : with_commas(lines.front().users), ties, data_sha256.substr(0, 12), kNotes);
  text += row(header()) + "|---" + std::string();
  for (std::size_t i = 1; i < header().size(); ++i) text += "|---:";
  text += "|\n";
  for (const LeaderboardLine& line : lines) text += row(cells_of(line, &line == &lines.front()));
  for (const LeaderboardEntry& entry : failed)
    text += fmt::format("\nNot measured: {}: {}\n", entry.name, entry.problem);
  return text + "\n![Seen items allowed](leaderboard_keep.svg)\n\n![Seen items removed](leaderboard_drop.svg)\n";
}

nlohmann::ordered_json Leaderboard::to_json() const {
  const auto ranking = [](const LeaderboardRanking& of) {
    Json json = Json::object();
    for (const auto& [name, value] : of.scores) json[name] = value;
    json["ndcg@10_margin"] = of.margin;
    json["ndcg@10_seed_deviation"] = of.seed_deviation;
    if (of.to_first) {
      json["to_first"] = {
          {"difference", of.to_first->difference}, {"low", of.to_first->low}, {"high", of.to_first->high}};
    }
    return json;
  };
  Json rows = Json::object(), problems = Json::object();
  for (const LeaderboardLine& line : lines) {
    rows[line.name] = {{"trained", line.trained},
                       {"seeds", line.seeds},
                       {"users", line.users},
                       {"valid", {{"keep", {{kCompared, line.valid}}}}},
                       {"keep", ranking(line.keep)},
                       {"drop", ranking(line.drop)},
                       {"fit_seconds", line.fit_seconds},
                       {"measure_seconds", line.measure_seconds},
                       {"peak_memory_bytes", line.peak_memory}};
  }
  for (const LeaderboardEntry& entry : failed) problems[entry.name] = entry.problem;
  return {{"corpus", corpus}, {"ties", ties}, {"data_sha256", data_sha256}, {"rows", rows}, {"failed", problems}};
}

std::string Leaderboard::plot(bool seen_kept) const {
  std::vector<PlotPoint> points;
  bool any_trained = false, any_source = false;
  for (const LeaderboardLine& line : lines) {
    const LeaderboardRanking& ranking = seen_kept ? line.keep : line.drop;
    points.push_back({.name = line.name,
                      .seconds = line.fit_seconds,
                      .value = ranking.value(kCompared),
                      .margin = std::isfinite(ranking.margin) ? ranking.margin : 0,
                      .highlighted = line.trained});
    (line.trained ? any_trained : any_source) = true;
  }
  return scatter_plot_svg(points, {.title = fmt::format("{}, seen items {}", corpus, seen_kept ? "allowed" : "removed"),
                                   .horizontal = "training or fitting, mean of seeds (logarithmic)",
                                   .vertical = "NDCG@10 on the test part, 95% interval over users",
                                   .plain_points = any_source ? "sources alone" : "",
                                   .highlighted_points = any_trained ? "trained runs" : ""});
}

}  // namespace p5
