// How often the intervals of off-policy estimates hold the true value, over many seeded logs of worlds in which it is
// known (tests/policy/synthetic_bandit.h). An interval of 95% should do so 95 times of 100.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "benchmark_main.h"
#include "policy/policy_report.h"
#include "policy/synthetic_bandit.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;

struct Scenario {
  std::string name;
  std::size_t places;
  PropensityKind kind;
};

struct Tally {
  int logs = 0, bootstrap = 0, bernstein = 0, has_bernstein = 0;
  double error = 0, square = 0, width = 0, bernstein_width = 0;
};

void count(const PolicyEstimate& estimate, double truth, Tally& tally) {
  ++tally.logs;
  tally.bootstrap += estimate.bootstrap.holds(truth) ? 1 : 0;
  tally.width += estimate.bootstrap.high - estimate.bootstrap.low;
  tally.error += estimate.value - truth;
  tally.square += (estimate.value - truth) * (estimate.value - truth);
  if (!estimate.bernstein) return;
  ++tally.has_bernstein;
  tally.bernstein += estimate.bernstein->holds(truth) ? 1 : 0;
  tally.bernstein_width += estimate.bernstein->high - estimate.bernstein->low;
}

Json row_json(const std::string& scenario, const std::string& estimator, const Tally& tally) {
  const double logs = tally.logs;
  Json row{{"scenario", scenario},
           {"estimator", estimator},
           {"bias", tally.error / logs},
           {"rmse", std::sqrt(tally.square / logs)},
           {"bootstrap", tally.bootstrap / logs},
           {"bootstrap_width", tally.width / logs}};
  if (tally.has_bernstein > 0) {
    row["bernstein"] = static_cast<double>(tally.bernstein) / tally.has_bernstein;
    row["bernstein_width"] = tally.bernstein_width / tally.has_bernstein;
  }
  return row;
}

Json run(int logs, std::size_t decisions, const OpeOptions& options) {
  Json rows = Json::array();
  const std::vector<Scenario> scenarios{{"one item", 1, PropensityKind::kGivenAbove},
                                        {"lists of 3, given the items above", 3, PropensityKind::kGivenAbove},
                                        {"lists of 3, places apart", 3, PropensityKind::kOfPlace}};
  for (const Scenario& scenario : scenarios) {
    std::map<std::string, Tally> tallies;
    for (int i = 0; i < logs; ++i) {
      const auto seed = options.seed + static_cast<std::uint64_t>(i);
      const test::SyntheticBandit world(seed, scenario.places, scenario.kind);
      DecisionLog log{.format = "answers", .decisions = world.log(decisions, seed), .problems = {}};
      test::SyntheticPolicy policy(world, world.target(), seed);
      const PolicyReport report = evaluate_policy(log, policy, options);
      for (const PolicyRow& row : report.rows) count(row.estimate, world.value(world.target()), tallies[row.name]);
    }
    for (const PolicyEstimator& estimator : policy_estimators()) {
      const auto found = tallies.find(std::string(estimator.name));
      if (found != tallies.end()) rows.push_back(row_json(scenario.name, found->first, found->second));
    }
  }
  return {{"benchmark", "ope_coverage"}, {"logs", logs}, {"decisions", decisions}, {"rows", std::move(rows)}};
}

void print(const Json& report) {
  fmt::print("{} logs of {} decisions; intervals of 95%\n", report["logs"].dump(), report["decisions"].dump());
  fmt::print("{:<36}{:<16}{:>9}{:>9}{:>11}{:>8}{:>11}{:>8}\n", "log", "estimator", "bias", "rmse", "bootstrap", "width",
             "Bernstein", "width");
  for (const Json& row : report["rows"]) {
    const auto share = [&](const char* name) {
      return row.contains(name) ? fmt::format("{:.1f}%", 100 * row[name].get<double>()) : std::string("-");
    };
    const auto width = [&](const char* name) {
      return row.contains(name) ? fmt::format("{:.3f}", row[name].get<double>()) : std::string("-");
    };
    fmt::print("{:<36}{:<16}{:>9.4f}{:>9.4f}{:>11}{:>8}{:>11}{:>8}\n", row["scenario"].get<std::string>(),
               row["estimator"].get<std::string>(), row["bias"].get<double>(), row["rmse"].get<double>(),
               share("bootstrap"), width("bootstrap_width"), share("bernstein"), width("bernstein_width"));
  }
}

int run_program(int argc, char** argv) {
  int logs = 200;
  std::size_t decisions = 1000;
  bool json = false;
  OpeOptions options;
  CLI::App app("How often intervals of off-policy estimates hold the true value");
  app.add_option("--logs", logs, "seeded logs per kind of log")->check(CLI::Range(1, 100000));
  app.add_option("--decisions", decisions, "decisions of a log")->check(CLI::Range(10, 1000000));
  app.add_option("--resamples", options.resamples, "of the bootstrap")->check(CLI::Range(10, 100000));
  app.add_option("--seed", options.seed, "of the first log");
  app.add_flag("--json", json, "one JSON object on stdout");
  CLI11_PARSE(app, argc, argv);
  const Json report = run(logs, decisions, options);
  show_report(report, json, print);
  return 0;
}

}  // namespace
}  // namespace p5

int main(int argc, char** argv) { return p5::benchmark_main(argc, argv, p5::run_program); }
