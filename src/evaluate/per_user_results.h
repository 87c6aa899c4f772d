// What each user and question got: kept in a file next to a report, so that runs can be compared question by question
// (docs/formats.md, "Results per user"). A plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluate/evaluation_report.h"

namespace p5 {

// One task and part of one row of the report.
struct PerUserResult {
  std::string row;         // "p5" is the run
  TaskResult result = {};  // task, part, n, questions, ranks, list_length; scores with their values per question

  // The score of that name, with its values per question where they are known. Ranking metrics at any cut-off follow
  // from the ranks, as long as the lists were that long. None where nothing of that name was measured.
  std::optional<Score> score(std::string_view name) const;
};

struct PerUserResults {
  std::string run, corpus, split, split_kind;
  std::string data_sha256;                     // of the events that were measured
  std::string config_sha256, settings_sha256;  // of the run's configuration, and of what differs between runs but seeds
  std::uint64_t seed = 0;                      // of the run
  std::size_t items = 0;                       // of the catalogue
  std::vector<std::string> users = {};         // keys, in the order of the ranks of sequential and direct tasks
  std::vector<PerUserResult> results = {};

  static PerUserResults of(const EvaluationReport& report, std::vector<std::string> users);

  // One JSON object a line: the head, then one per result.
  std::string to_jsonl() const;
  // Throws NotFound, Corrupted (data).
  static PerUserResults load(const std::filesystem::path& file);

  const PerUserResult* find(std::string_view row, std::string_view task, std::string_view part) const;
};

}  // namespace p5
