#include "pipeline/measured_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json_field.h"
#include "p5/error.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::uint64_t kMeasuredVersion = 1;
constexpr const char* kScoreCompared = "ndcg@10";

MeasuredRanking ranking_of(const TaskResults& results, const char* part) {
  MeasuredRanking ranking;
  const TaskResult* result = find_result(results, "sequential", part);
  if (result == nullptr) return ranking;
  for (const Score& score : result->scores) {
    ranking.scores.emplace_back(score.name, score.value);
    if (score.name == kScoreCompared) ranking.ndcg = score.per_question;
  }
  return ranking;
}

Json ranking_json(const MeasuredRanking& ranking) {
  Json scores = Json::object();
  for (const auto& [name, value] : ranking.scores) scores[name] = value;
  return {{"scores", scores}, {"ndcg", ranking.ndcg}};
}

MeasuredRanking read_ranking(const nlohmann::json& json) {
  MeasuredRanking ranking;
  for (const auto& [name, value] : json.at("scores").items()) ranking.scores.emplace_back(name, value.get<double>());
  ranking.ndcg = json.at("ndcg").get<std::vector<double>>();
  return ranking;
}

}  // namespace

double MeasuredRanking::value(const std::string& score) const {
  const auto found = std::find_if(scores.begin(), scores.end(), [&](const auto& pair) { return pair.first == score; });
  if (found == scores.end()) throw not_found_error("no such score", {.where = "measured ranking", .got = score});
  return found->second;
}

MeasuredRow measured_row(const std::string& source, const TaskResults& valid, const TaskResults& test) {
  MeasuredRow row{.source = source};
  const TaskResult* result = find_result(test.empty() ? valid : test, "sequential", "keep");
  if (result != nullptr) {
    row.users = result->n;
    row.questions = result->questions;
  }
  row.valid_keep = ranking_of(valid, "keep");
  row.valid_drop = ranking_of(valid, "drop");
  row.valid_keep.ndcg.clear();  // rows are compared by the test part
  row.valid_drop.ndcg.clear();
  row.keep = ranking_of(test, "keep");
  row.drop = ranking_of(test, "drop");
  return row;
}

nlohmann::ordered_json MeasuredEntry::to_json() const {
  Json list = Json::array();
  for (const MeasuredRow& row : rows) {
    list.push_back({{"source", row.source},
                    {"users", row.users},
                    {"questions", row.questions},
                    {"seconds", row.seconds},
                    {"valid", {{"keep", ranking_json(row.valid_keep)}, {"drop", ranking_json(row.valid_drop)}}},
                    {"test", {{"keep", ranking_json(row.keep)}, {"drop", ranking_json(row.drop)}}}});
  }
  return {{"version", kMeasuredVersion}, {"fingerprint", fingerprint}, {"trained", trained},
          {"fit_seconds", fit_seconds},  {"stopped_by", stopped_by},   {"peak_memory", peak_memory},
          {"rows", std::move(list)}};
}

void MeasuredEntry::save(const std::filesystem::path& file) const {
  write_file_atomically(file, to_json().dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

MeasuredEntry MeasuredEntry::load(const std::filesystem::path& file) {
  constexpr std::uint64_t kLimit = 1ULL << 30;
  const auto json = read_json(file, kLimit, ErrorSubject::kData);
  const JsonFields fields(json, file.string(), ErrorSubject::kData);
  fields.require_version(kMeasuredVersion, "remove it to measure anew");
  MeasuredEntry entry;
  try {
    entry.fingerprint = fields.text("fingerprint");
    entry.trained = fields.at("trained").get<bool>();
    entry.fit_seconds = fields.at("fit_seconds").get<double>();
    entry.stopped_by = fields.text("stopped_by");
    entry.peak_memory = fields.number("peak_memory");
    for (const auto& row : fields.list("rows")) {
      MeasuredRow& read = entry.rows.emplace_back();
      read.source = row.at("source").get<std::string>();
      read.users = row.at("users").get<std::size_t>();
      read.questions = row.at("questions").get<std::uint64_t>();
      read.seconds = row.at("seconds").get<double>();
      read.valid_keep = read_ranking(row.at("valid").at("keep"));
      read.valid_drop = read_ranking(row.at("valid").at("drop"));
      read.keep = read_ranking(row.at("test").at("keep"));
      read.drop = read_ranking(row.at("test").at("drop"));
    }
  } catch (const nlohmann::json::exception& error) {
    throw data_error("a measured entry cannot be read", {.where = file.string(), .got = error.what()});
  }
  return entry;
}

}  // namespace p5
