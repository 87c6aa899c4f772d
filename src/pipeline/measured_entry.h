// What one configuration got, trained with one seed: the file that p5 measure writes and leaderboards gather. A plain
// value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/task_result.h"

namespace p5 {

// One way of treating seen items.
struct MeasuredRanking {
  std::vector<std::pair<std::string, double>> scores = {};  // as evaluate/ranking_metrics.h names them
  std::vector<double> ndcg = {};                            // NDCG@10 of each user; empty where it was not kept

  // Throws NotFound.
  double value(const std::string& score) const;
};

struct MeasuredRow {
  std::string source;  // that answered: "p5", "item-knn"
  std::size_t users = 0;
  std::uint64_t questions = 0;  // their hash: rows with another one answered other questions
  MeasuredRanking valid_keep = {}, valid_drop = {}, keep = {},
                  drop = {};  // without `valid_`: of the test part; empty when not measured
  double seconds = 0;         // of all questions
};

struct MeasuredEntry {
  std::string fingerprint;             // of configuration, source and data
  bool trained = false;                // a run of p5; else a source alone
  double fit_seconds = 0;              // training, or fitting the source
  std::string stopped_by = {};         // of a training
  std::uint64_t peak_memory = 0;       // bytes; the parent of a child knows it
  std::vector<MeasuredRow> rows = {};  // the entry itself first, then further rows that its evaluate.rows names

  nlohmann::ordered_json to_json() const;
  void save(const std::filesystem::path& file) const;
  // Throws Corrupted (data), NotFound.
  static MeasuredEntry load(const std::filesystem::path& file);
};

// The rows of evaluate_sequential() for both parts; `valid` or `test` may be empty.
MeasuredRow measured_row(const std::string& source, const TaskResults& valid, const TaskResults& test);

}  // namespace p5
