// The time of the full ranking of every user with the sources that score all items, compared with its lower bound: the
// bytes that must be moved, at the bandwidth measured here. Reads an s3rec file (per line a user, then items), or makes
// a log of Beauty's size.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "benchmark_main.h"
#include "evaluate/evaluator.h"
#include "p5/error.h"
#include "retrieval/item_knn_source.h"
#include "retrieval/popularity_source.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using Histories = std::vector<std::vector<ItemId>>;
using Json = nlohmann::ordered_json;

constexpr std::size_t kRounds = 5;

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The median: other programs may disturb single rounds.
double median_of(std::size_t rounds, const std::function<void()>& work) {
  std::vector<double> seconds(rounds);
  for (double& each : seconds) each = seconds_of(work);
  std::sort(seconds.begin(), seconds.end());
  return seconds[rounds / 2];
}

Histories read_s3rec(const std::string& path) {
  constexpr ItemId kMaxItems = 10'000'000;
  std::ifstream file(path);
  if (!file) throw not_found_error("cannot read the log", {.where = path});
  Histories histories;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::uint64_t user = 0, item = 0;
    fields >> user;
    histories.emplace_back();
    while (fields >> item) {
      if (item == 0 || item > kMaxItems) {
        throw data_error("bad item", {.where = fmt::format("{}:{}", path, histories.size()),
                                      .expected = fmt::format("a number from 1 to {}", kMaxItems),
                                      .got = std::to_string(item)});
      }
      histories.back().push_back(static_cast<ItemId>(item - 1));
    }
  }
  return histories;
}

// Beauty's users, items and mean length; a few items occur in many histories.
Histories synthetic_histories() {
  constexpr std::size_t kUsers = 22363, kItems = 12101;
  Rng rng(2022, "rank benchmark");
  Histories histories(kUsers);
  for (auto& history : histories) {
    do {
      const double drawn = rng.uniform();
      history.push_back(static_cast<ItemId>(drawn * drawn * kItems));
    } while (history.size() < 5 || rng.uniform() < 0.795);
  }
  return histories;
}

// Bytes per second when reading a buffer of `bytes` repeatedly.
double read_bandwidth(std::size_t bytes) {
  const std::vector<std::uint32_t> buffer(bytes / sizeof(std::uint32_t), 1);
  const std::size_t passes = std::max<std::size_t>(1, (256u << 20) / bytes);
  volatile std::uint32_t sink = 0;
  const double seconds = median_of(kRounds, [&] {
    for (std::size_t pass = 0; pass < passes; ++pass) {
      sink = sink + std::accumulate(buffer.begin(), buffer.end(), std::uint32_t{0});
    }
  });
  return static_cast<double>(bytes * passes) / seconds;
}

struct Machine {
  double row_bandwidth, table_bandwidth;  // bytes per second: in a score row, in the table of neighbors
};

// The bytes that a source must move for one full ranking of all users.
struct Work {
  double row_bytes = 0, table_bytes = 0;
  double floor(const Machine& machine, std::int64_t threads) const {
    const double seconds = row_bytes / machine.row_bandwidth + table_bytes / machine.table_bandwidth;
    return seconds / static_cast<double>(threads);
  }
};

double neighbor_pairs(const Split& split, const ItemKnnSource& source, std::size_t looked_at) {
  std::size_t pairs = 0;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    const auto history = split.history_for(user, Part::kTest);
    for (const ItemId item : history.last(std::min(history.size(), looked_at))) {
      pairs += source.neighbors_of(item).size();
    }
  }
  return static_cast<double>(pairs);
}

double retrieve_all(const Split& split, const CandidateSource& source) {
  std::vector<CandidateQuery> queries;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    queries.push_back({.user = user, .history = split.history_for(user, Part::kTest)});
  }
  return median_of(kRounds, [&] { source.retrieve(queries, 20); });
}

Json measure(const Split& split, const CandidateSource& source, const Work& work, const Machine& machine,
             std::int64_t threads) {
  EvaluateOptions options;
  options.threads = threads;
  TaskResults result;
  const double seconds = median_of(kRounds, [&] { result = evaluate_sequential(split, Part::kTest, source, options); });
  const double floor = work.floor(machine, threads);
  const auto metrics = [&result](std::string_view part) {
    Json json;
    for (const char* score : {"hr@5", "ndcg@5", "hr@10", "ndcg@10"}) {
      json[score] = find_result(result, "sequential", part)->value(score);
    }
    return json;
  };
  return {{"source", source.name()},
          {"rank_seconds", seconds},
          {"users_per_second", static_cast<double>(result.front().n) / seconds},
          {"floor_seconds", floor},
          {"ratio", seconds / floor},
          {"top20_seconds", retrieve_all(split, source)},
          {"keep", metrics("keep")},
          {"drop", metrics("drop")}};
}

Json run(const Split& split, std::int64_t threads) {
  const Corpus& corpus = split.corpus();
  std::unique_ptr<ItemKnnSource> knn;
  const double knn_build = median_of(kRounds, [&] {
    knn = std::make_unique<ItemKnnSource>(split, ItemKnnOptions(), static_cast<std::size_t>(threads));
  });
  std::unique_ptr<PopularitySource> popularity;
  const double popularity_build = median_of(kRounds, [&] { popularity = std::make_unique<PopularitySource>(split); });

  const std::size_t row = corpus.item_count() * sizeof(float);
  const std::size_t table = std::max<std::size_t>(knn->pair_count(), 1) * sizeof(ItemKnnSource::Neighbor);
  const Machine machine{.row_bandwidth = read_bandwidth(row), .table_bandwidth = read_bandwidth(table)};
  const double users = static_cast<double>(split.count(Part::kTest));
  // A row is written once and compared once; popularity also reads its counts. A neighbor is read, and its entry in
  // the row is read and written.
  const double rows = users * static_cast<double>(row);
  const double pairs = neighbor_pairs(split, *knn, static_cast<std::size_t>(ItemKnnOptions().history));
  const Work knn_work{.row_bytes = 2 * rows + pairs * 8, .table_bytes = pairs * sizeof(ItemKnnSource::Neighbor)};
  const Work popularity_work{.row_bytes = 3 * rows};

  Json knn_row = measure(split, *knn, knn_work, machine, threads);
  knn_row["build_seconds"] = knn_build;
  knn_row["pairs"] = knn->pair_count();
  Json popularity_row = measure(split, *popularity, popularity_work, machine, threads);
  popularity_row["build_seconds"] = popularity_build;
  return {{"benchmark", "rank"},
          {"users", corpus.user_count()},
          {"items", corpus.item_count()},
          {"interactions", corpus.interaction_count()},
          {"threads", threads},
          {"row_bandwidth_gb_s", machine.row_bandwidth * 1e-9},
          {"table_bandwidth_gb_s", machine.table_bandwidth * 1e-9},
          {"rows", {std::move(knn_row), std::move(popularity_row)}}};
}

void print(const Json& report) {
  fmt::print("{} users, {} items, {} interactions; {} threads; {:.1f} GB/s within a row, {:.1f} GB/s in the table\n",
             report["users"].dump(), report["items"].dump(), report["interactions"].dump(), report["threads"].dump(),
             report["row_bandwidth_gb_s"].get<double>(), report["table_bandwidth_gb_s"].get<double>());
  fmt::print("{:<12}{:>9}{:>9}{:>10}{:>9}{:>7}{:>9}{:>17}{:>17}\n", "source", "build s", "rank s", "users/s", "floor s",
             "ratio", "top-20 s", "NDCG@10 keep", "NDCG@10 drop");
  for (const Json& row : report["rows"]) {
    fmt::print("{:<12}{:>9.3f}{:>9.3f}{:>10.0f}{:>9.3f}{:>7.1f}{:>9.3f}{:>17.4f}{:>17.4f}\n",
               row["source"].get<std::string>(), row["build_seconds"].get<double>(), row["rank_seconds"].get<double>(),
               row["users_per_second"].get<double>(), row["floor_seconds"].get<double>(), row["ratio"].get<double>(),
               row["top20_seconds"].get<double>(), row["keep"]["ndcg@10"].get<double>(),
               row["drop"]["ndcg@10"].get<double>());
  }
}

int run_program(int argc, char** argv) {
  std::string input;
  std::int64_t threads = 1;
  bool json = false;
  CLI::App app("Full ranking of every user: users per second, compared with the lower bound");
  app.add_option("--input", input, "an s3rec file; without it a log of Beauty's size is made");
  app.add_option("--threads", threads, "threads of building and ranking")->check(CLI::Range(1, 1024));
  app.add_flag("--json", json, "one JSON object on stdout");
  CLI11_PARSE(app, argc, argv);
  const Split split = split_leave_one_out(
      std::make_shared<test::FakeCorpus>(input.empty() ? synthetic_histories() : read_s3rec(input)));
  Json report = run(split, threads);
  report["input"] = input.empty() ? "synthetic" : input;
  show_report(report, json, print);
  return 0;
}

}  // namespace
}  // namespace p5

int main(int argc, char** argv) { return p5::benchmark_main(argc, argv, p5::run_program); }
