// What an evaluation found for the run and its baselines: JSON for programs (docs/protocol.md) and a table for people.
// A plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/task_result.h"

namespace p5 {

struct EvaluationRow {
  std::string name;  // "popularity"
  TaskResults tasks;
  // In tables, in place of the name: "held-out prompt"; the prompt that asked follows it.
  std::string label = {};

  std::string label_of(const TaskResult& result) const;
};

// The switches that make rows comparable.
struct ReportProtocol {
  std::string candidates = "all";
  std::string split_kind = {};  // "leave-one-out"; left out when empty
  std::string ties;             // of equal times: "shuffled" | "file"
  std::int64_t seed = 0;
  std::int64_t beam = 20;
  std::string config_sha256, data_sha256;  // left out when empty
  std::string settings_sha256 = {};        // of what makes the run but its seeds; left out when empty
  std::string trained_data_sha256 = {};    // of the run, where it was measured on other data than it was trained on
  // Decoding options and their values in TOML: only scores under the same ones can be compared.
  std::vector<std::pair<std::string, std::string>> decoding = {};
};

// Values per question, kept in a file next to the report (evaluate/per_user_results.h).
struct PerUserFile {
  std::string name, sha256;
};

// Tables leave out what says nothing (tasks that were not trained or not learnt, columns with the expected value in
// each row), unless all is shown. kBeyond and kAll show the tables beyond accuracy, too.
enum class ReportDetail { kLearnt, kBeyond, kAll };

struct EvaluationReport {
  std::string run, corpus, split;  // split: "test" | "valid"
  std::size_t items = 0;           // of the catalogue; left out when 0
  ReportProtocol protocol;
  TaskResults tasks;                // of the run itself
  std::vector<EvaluationRow> rows;  // of the baselines
  double seconds = 0;
  std::vector<std::string> users = {};  // keys of those whose next item was asked for; kept in `per_user`
  std::optional<PerUserFile> per_user = {};

  // The report object of docs/protocol.md, and "rows": {<name>: {<task>: ...}} for the baselines. A ranking by lists
  // says so ("mrr_over": "list"), since its MRR ends with the list. "differences": {<name>: {<task>: {<figure>: ...}}}
  // between the run and each row that answered the same questions (evaluate/paired_difference.h).
  nlohmann::ordered_json to_json() const;
  // What was measured, tables, and the verdict in words. At most TextTable::kWidth letters wide, except for names.
  std::string to_table(ReportDetail detail = ReportDetail::kLearnt) const;
  // What the rows are beyond accuracy: figures of all lists, NDCG@10 by group of users and cold start, exposure by
  // group of items. Empty where nothing was measured.
  std::string to_beyond_table() const;
};

}  // namespace p5
