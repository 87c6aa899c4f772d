// The differences between a report's run and its other rows, as far as both answered the same questions. Thread-safe:
// free functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "evaluate/evaluation_report.h"

namespace p5 {

// {<row>: {<task>: {<figure>: {"difference": ..., "margin": ...}}}}; see PairedDifference. Rows and figures that cannot
// be compared are left out.
nlohmann::ordered_json differences_json(const TaskResults& run, const std::vector<EvaluationRow>& rows);

// A table of rankings and one of ratings with one line per row, and one of all other tasks with one line per row and
// task: "+0.0010 ± 0.0041" per score, and a mark where the interval excludes 0. Empty when there is nothing to compare.
std::string differences_tables(const TaskResults& run, const std::vector<EvaluationRow>& rows);

}  // namespace p5
