// A table that compares runs: what each of them got, the spread over seeds, and how far each is from one of them. A
// plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/paired_difference.h"

namespace p5 {

// A score of a task, and of one part of it.
struct ComparedColumn {
  std::string task, part, score;
  std::string heading;  // "NDCG@10 removed"
  bool lower_is_better = false;

  std::string name() const;  // "sequential.drop.ndcg@10", as --metrics takes it
};

struct ComparedCell {
  double mean = 0;                                  // over seeds
  double deviation = 0;                             // standard deviation between seeds; 0 for one
  std::optional<PairedDifference> difference = {};  // to the reference; none where the questions are not the same
};

// One run, or runs that differ by their seeds alone, or a baseline.
struct ComparedRow {
  std::string name;
  std::vector<std::string> runs = {};
  std::vector<std::uint64_t> seeds = {};
  std::vector<std::optional<ComparedCell>> cells = {};  // one per column; none where it was not measured
};

struct Comparison {
  std::string corpus, split, split_kind, data_sha256;
  std::size_t users = 0, items = 0;
  std::vector<ComparedColumn> columns;
  std::vector<ComparedRow> rows;
  std::size_t reference = 0;  // index of the row that the others are compared with

  // `form`: "text", "markdown", "latex" (booktabs) or "csv". The best figure of a column is bold in Markdown and LaTeX.
  // Throws InvalidArgument for another form.
  std::string to_text(const std::string& form) const;
  nlohmann::ordered_json to_json() const;
};

}  // namespace p5
