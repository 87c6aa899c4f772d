#include "evaluate/evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/progress.h"
#include "evaluate/row_differences.h"
#include "evaluate/text_table.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;

Json hits_json(const RankingSummary& ranks) {
  return {{"hr@1", ranks.hr1},
          {"hr@5", ranks.hr5},
          {"ndcg@5", ranks.ndcg5},
          {"hr@10", ranks.hr10},
          {"ndcg@10", ranks.ndcg10}};
}

Json task_json(const SequentialResult& result) {
  Json keep = hits_json(result.keep), drop = hits_json(result.drop);
  keep["mrr"] = result.keep.mrr;
  drop["mrr"] = result.drop.mrr;
  Json json = {{"users", result.keep.users},
               {"keep", std::move(keep)},
               {"drop", std::move(drop)},
               {"invalid_rate", result.invalid_rate},
               {"distinct", result.distinct}};
  if (result.ranked_by == RankedBy::kList) json["mrr_over"] = "list";
  return json;
}

Json task_json(const DirectResult& result) {
  Json json = {{"users", result.ranks.users}};
  json.update(hits_json(result.ranks));
  json["negatives_sha256"] = result.negatives_sha256;
  return json;
}

Json task_json(const RatingResult& result) {
  Json json = {{"n", result.n}, {"rmse", result.rmse}, {"mae", result.mae}, {"coverage", result.coverage}};
  if (result.r2) json["r2"] = *result.r2;
  return json;
}

// Parts of one task share its object: those of the first stand under their plain names, the counts and prompts of
// others behind the part's name.
void add_json(const TextResult& result, Json& tasks) {
  Json& json = tasks[result.task];
  const std::string prefix = json.is_null() || result.part.empty() ? "" : result.part + "_";
  json[prefix + "n"] = result.n;
  json[prefix + "of"] = result.of;
  if (!result.prompt.empty()) json[prefix + "prompt"] = result.prompt;
  if (!result.hint.empty()) json["hint"] = result.hint;
  for (const Score& score : result.scores)
    json[json.contains(score.name) ? prefix + score.name : score.name] = score.value;
  for (const WrittenText& text : result.examples) {
    Json example = {{"reference", text.reference}, {"written", text.written}};
    if (!text.feature.empty()) example["feature"] = text.feature;
    json[prefix + "examples"].push_back(std::move(example));
  }
}

Json task_json(const TaskResults& tasks) {
  Json json = Json::object();
  if (tasks.sequential) json["sequential"] = task_json(*tasks.sequential);
  if (tasks.direct) json["direct"] = task_json(*tasks.direct);
  if (tasks.rating) json["rating"] = task_json(*tasks.rating);
  for (const TextResult& result : tasks.texts) add_json(result, json);
  return json;
}

std::string share(double value) { return fmt::format("{:.4f}", value); }

std::vector<std::string> ranking_cells(const std::string& name, const RankingSummary& ranks, RankedBy ranked_by) {
  return {name,
          share(ranks.hr1),
          share(ranks.hr5),
          share(ranks.ndcg5),
          share(ranks.hr10),
          share(ranks.ndcg10),
          share(ranks.mrr) + (ranked_by == RankedBy::kList ? "*" : " ")};
}

const std::vector<std::string> ranking_header() { return {"", "HR@1", "HR@5", "NDCG@5", "HR@10", "NDCG@10", "MRR "}; }

// A section holds the rows that have its task; without any it is left out.
std::string section(const std::string& title, std::size_t rows, const TextTable& table) {
  return rows == 0 ? std::string() : "\n" + title + "\n" + table.to_text();
}

using Rows = std::vector<EvaluationRow>;

std::string sequential_section(const Rows& rows, const std::string& title, RankingSummary SequentialResult::*seen) {
  auto header = ranking_header();
  header.insert(header.end(), {"users", "invalid", "distinct"});
  TextTable table(header);
  std::size_t count = 0;
  for (const EvaluationRow& row : rows) {
    if (!row.tasks.sequential) continue;
    const SequentialResult& result = *row.tasks.sequential;
    auto cells = ranking_cells(row.name, result.*seen, result.ranked_by);
    cells.push_back(with_commas((result.*seen).users));
    cells.push_back(share(result.invalid_rate));
    cells.push_back(fmt::format("{:.1f}", result.distinct));
    table.add_row(std::move(cells));
    ++count;
  }
  return section(title, count, table);
}

std::string direct_section(const Rows& rows) {
  auto header = ranking_header();
  header.push_back("users");
  TextTable table(header);
  std::size_t count = 0;
  std::string sha256;
  for (const EvaluationRow& row : rows) {
    if (!row.tasks.direct) continue;
    auto cells = ranking_cells(row.name, row.tasks.direct->ranks, row.tasks.direct->ranked_by);
    cells.push_back(with_commas(row.tasks.direct->ranks.users));
    table.add_row(std::move(cells));
    sha256 = row.tasks.direct->negatives_sha256;
    ++count;
  }
  return section(fmt::format("Direct: one target among stored negatives (sha256 {})", sha256.substr(0, 12)), count,
                 table);
}

std::string rating_section(const Rows& rows) {
  TextTable table({"", "RMSE", "MAE", "ratings", "coverage"});
  std::size_t count = 0;
  for (const EvaluationRow& row : rows) {
    if (!row.tasks.rating) continue;
    const RatingResult& result = *row.tasks.rating;
    table.add_row({row.name, share(result.rmse), share(result.mae), with_commas(result.n), share(result.coverage)});
    ++count;
  }
  return section("Rating: all predictions, clamped to the scale", count, table);
}

// What was asked for, what users wrote and what the model wrote, below one another: the texts may be long.
std::string examples_section(const TextResult& result) {
  std::string text;
  for (const WrittenText& example : result.examples) {
    text += fmt::format("  {}\n    users: {}\n    model: {}\n",
                        example.feature.empty() ? "without a feature" : example.feature, example.reference,
                        example.written);
  }
  return text.empty() ? text : fmt::format("Examples of prompt {}, drawn by seed\n{}", result.prompt, text);
}

// All results of one task and part, in the columns that the first of them has.
std::string text_section(const Rows& rows, const TextResult& first) {
  std::vector<std::string> header{"", "prompt"};
  for (const Score& score : first.scores) header.push_back(score.name);
  header.push_back("n");
  TextTable table(header);
  std::size_t count = 0;
  for (const EvaluationRow& row : rows) {
    for (const TextResult& result : row.tasks.texts) {
      if (result.task != first.task || result.part != first.part) continue;
      std::vector<std::string> cells{row.name, result.prompt};
      for (const Score& column : first.scores) {
        const auto found = std::find_if(result.scores.begin(), result.scores.end(),
                                        [&](const Score& score) { return score.name == column.name; });
        cells.push_back(found == result.scores.end() ? "" : to_text(*found));
      }
      cells.push_back(with_commas(result.n));
      table.add_row(std::move(cells));
      ++count;
    }
  }
  const std::string sampled =
      first.n < first.of ? fmt::format(" ({} of {}, drawn by seed)", with_commas(first.n), with_commas(first.of)) : "";
  return section(first.title + sampled, count, table) + examples_section(first);
}

std::string text_sections(const Rows& rows) {
  std::string text;
  std::set<std::pair<std::string, std::string>> shown;
  for (const EvaluationRow& row : rows) {
    for (const TextResult& result : row.tasks.texts) {
      if (shown.insert({result.task, result.part}).second) text += text_section(rows, result);
    }
  }
  return text;
}

bool any_ranked_by_list(const Rows& rows) {
  for (const EvaluationRow& row : rows) {
    if (row.tasks.sequential && row.tasks.sequential->ranked_by == RankedBy::kList) return true;
    if (row.tasks.direct && row.tasks.direct->ranked_by == RankedBy::kList) return true;
  }
  return false;
}

}  // namespace

nlohmann::ordered_json EvaluationReport::to_json() const {
  Json switches = {
      {"candidates", protocol.candidates}, {"ties", protocol.ties}, {"seed", protocol.seed}, {"beam", protocol.beam}};
  if (!protocol.config_sha256.empty()) switches["config_sha256"] = protocol.config_sha256;
  if (!protocol.data_sha256.empty()) switches["data_sha256"] = protocol.data_sha256;
  for (const auto& [key, value] : protocol.decoding) {
    Json parsed = Json::parse(value, nullptr, /*allow_exceptions=*/false);
    switches["decoding"][key] = parsed.is_discarded() ? Json(value) : std::move(parsed);
  }
  Json baselines = Json::object();
  for (const EvaluationRow& row : rows) baselines[row.name] = task_json(row.tasks);
  return {{"run", run},
          {"corpus", corpus},
          {"split", split},
          {"protocol", std::move(switches)},
          {"tasks", task_json(tasks)},
          {"rows", std::move(baselines)},
          {"differences", differences_json(tasks, rows)},
          {"seconds", seconds}};
}

std::string EvaluationReport::to_table() const {
  Rows all{{.name = run, .tasks = tasks}};
  all.insert(all.end(), rows.begin(), rows.end());
  std::string text =
      fmt::format("{} on {}, {} split; {} items ranked, equal times: {}, seed {}, beam {}; {}\n", run, corpus, split,
                  protocol.candidates, protocol.ties, protocol.seed, protocol.beam, format_duration(seconds));
  text += sequential_section(all, "Sequential, seen items kept", &SequentialResult::keep);
  text += sequential_section(all, "Sequential, seen items dropped", &SequentialResult::drop);
  text += direct_section(all);
  text += rating_section(all);
  if (const std::string differences = differences_tables(tasks, rows); !differences.empty()) {
    text +=
        "\nDifferences of the run to other rows, 95% intervals over the same questions; ! is without 0\n" + differences;
  }
  text += text_sections(all);
  if (any_ranked_by_list(all)) text += "\n* ranked by its list: a target outside is a miss, and MRR ends with it.\n";
  return text;
}

}  // namespace p5
