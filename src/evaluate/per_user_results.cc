#include "evaluate/per_user_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json_field.h"
#include "evaluate/ranking_metrics.h"
#include "evaluate/report_tables.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::uint64_t kPerUserVersion = 1;
constexpr std::uint64_t kLargest = 4ULL << 30;

using Object = nlohmann::ordered_json;

std::string line_of(const Object& object) {
  return object.dump(-1, ' ', false, Object::error_handler_t::replace) + "\n";
}

Object object_of(const PerUserResult& kept) {
  const TaskResult& result = kept.result;
  Object object{{"row", kept.row},
                {"task", result.task},
                {"part", result.part},
                {"n", result.n},
                {"questions", fmt::format("{:016x}", result.questions)},
                {"scores", Object::object()}};
  Object values = Object::object();
  for (const Score& score : result.scores) {
    object["scores"][score.name] = score.value;
    // Those of rankings follow from the ranks.
    if (result.ranks.empty() && !score.per_question.empty()) values[score.name] = score.per_question;
  }
  if (!values.empty()) object["values"] = std::move(values);
  if (!result.ranks.empty()) {
    object["list"] = result.list_length;
    object["ranks"] = result.ranks;
  }
  return object;
}

PerUserResult result_of(const nlohmann::json& object) {
  PerUserResult kept{.row = object.at("row").get<std::string>()};
  TaskResult& result = kept.result;
  result.task = object.at("task").get<std::string>();
  result.part = object.at("part").get<std::string>();
  result.n = object.at("n").get<std::size_t>();
  result.questions = std::stoull(object.at("questions").get<std::string>(), nullptr, 16);
  for (const auto& [name, value] : object.at("scores").items()) {
    result.scores.push_back({.name = name, .value = value.get<double>()});
    if (!object.contains("values") || !object["values"].contains(name)) continue;
    result.scores.back().per_question = object["values"][name].get<std::vector<double>>();
  }
  if (object.contains("ranks")) {
    result.ranks = object["ranks"].get<std::vector<std::uint32_t>>();
    result.list_length = object.at("list").get<std::size_t>();
  }
  return kept;
}

void read_head(const nlohmann::json& object, const std::string& where, PerUserResults& results) {
  const JsonFields fields(object, where, ErrorSubject::kData);
  if (fields.text("format") != "p5-per-user") throw fields.bad("format", "p5-per-user", fields.text("format"));
  fields.require_version(kPerUserVersion, "evaluate the run again");
  results.run = fields.text("run");
  results.corpus = fields.text("corpus");
  results.split = fields.text("split");
  results.split_kind = fields.text("split_kind");
  results.data_sha256 = fields.text("data_sha256");
  results.config_sha256 = fields.text("config_sha256");
  results.settings_sha256 = fields.text("settings_sha256");
  results.seed = fields.number("seed");
  results.items = fields.number("items");
  results.users = fields.list("users").get<std::vector<std::string>>();
}

}  // namespace

std::optional<Score> PerUserResult::score(std::string_view name) const {
  const Score* kept = result.find(name);
  const auto metric = result.ranks.empty() ? std::nullopt : ranking_metric(name);
  if (!metric) return kept == nullptr ? std::nullopt : std::optional(*kept);
  const bool beyond_lists = !metric->over_all_items && result.list_length > 0 && metric->k > result.list_length;
  if (beyond_lists) return std::nullopt;
  Score score{.name = std::string(name), .heading = metric->heading};
  for (const std::uint32_t rank : result.ranks) score.per_question.push_back(metric->of_rank(rank));
  for (const double value : score.per_question) score.value += value / static_cast<double>(result.ranks.size());
  score.within_list = metric->over_all_items && result.list_length > 0;
  return score;
}

PerUserResults PerUserResults::of(const EvaluationReport& report, std::vector<std::string> users) {
  PerUserResults kept{.run = report.run,
                      .corpus = report.corpus,
                      .split = report.split,
                      .split_kind = report.protocol.split_kind,
                      .data_sha256 = report.protocol.data_sha256,
                      .config_sha256 = report.protocol.config_sha256,
                      .settings_sha256 = report.protocol.settings_sha256,
                      .seed = static_cast<std::uint64_t>(report.protocol.seed),
                      .items = report.items,
                      .users = std::move(users)};
  for (const EvaluationRow& row : all_rows(report)) {
    for (const TaskResult& result : row.tasks) kept.results.push_back({row.name, result});
  }
  return kept;
}

std::string PerUserResults::to_jsonl() const {
  std::string text = line_of({{"format", "p5-per-user"},
                              {"version", kPerUserVersion},
                              {"run", run},
                              {"corpus", corpus},
                              {"split", split},
                              {"split_kind", split_kind},
                              {"data_sha256", data_sha256},
                              {"config_sha256", config_sha256},
                              {"settings_sha256", settings_sha256},
                              {"seed", seed},
                              {"items", items},
                              {"users", users}});
  for (const PerUserResult& result : results) text += line_of(object_of(result));
  return text;
}

PerUserResults PerUserResults::load(const std::filesystem::path& file) {
  const std::string text = read_file(file, kLargest);
  PerUserResults results;
  std::size_t number = 0;
  for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    const std::string where = fmt::format("{}:{}", file.string(), ++number);
    const nlohmann::json object = parse_json(std::string_view(text).substr(begin, end - begin));
    try {
      if (number == 1) {
        read_head(object, where, results);
      } else {
        results.results.push_back(result_of(object));
      }
    } catch (const std::exception& error) {
      if (dynamic_cast<const Error*>(&error) != nullptr) throw;
      throw data_error("results per user cannot be read", {.where = where, .got = error.what()});
    }
  }
  if (number == 0)
    throw data_error("results per user cannot be read", {.where = file.string(), .got = "an empty file"});
  return results;
}

const PerUserResult* PerUserResults::find(std::string_view row, std::string_view task, std::string_view part) const {
  const auto found = std::find_if(results.begin(), results.end(), [&](const PerUserResult& each) {
    return each.row == row && each.result.task == task && each.result.part == part;
  });
  return found == results.end() ? nullptr : &*found;
}

}  // namespace p5
