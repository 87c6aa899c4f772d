// What a report says, in words: how good the answers are, which baselines they beat and by how much, and how many items
// are ever recommended. Thread-safe: free functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluate/evaluation_report.h"

namespace p5 {

// The row that p5 recommend answers with, where the run has one.
inline constexpr std::string_view kAnsweringRow = "hybrid";

// One sentence or two about each of: what p5 recommend answers with, the model of the run alone, its stars. Rankings
// are of lists without seen items. Empty where nothing of this was measured.
std::vector<std::string> verdict_of(const EvaluationReport& report);

// The values per question of a score that a row got, and what it is.
struct JudgedRow {
  std::string name;
  double value = 0;
  std::span<const double> per_question = {};  // empty: not known
};
// "NDCG@10 .115. popularity .100 (better by .015 ± .013), item-knn .173 (worse by .058 ± .026)."
std::string judgement(std::string_view heading, const JudgedRow& ours, std::span<const JudgedRow> others,
                      bool lower_is_better = false);

// .115 for 0.115, 1.02 for 1.0213; the difference of two such figures has as many decimals.
std::string short_figure(double value);

}  // namespace p5
