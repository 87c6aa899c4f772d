// The tables of a report for people: what was measured, one section per task, differences, the verdict. Thread-safe:
// free functions.
#pragma once

#include <string>
#include <vector>

#include "evaluate/evaluation_report.h"

namespace p5 {

// Tables end with a newline.
std::string report_tables(const EvaluationReport& report, ReportDetail detail);

// The run as a row named "p5", then the other rows.
std::vector<EvaluationRow> all_rows(const EvaluationReport& report);

// Whether the run was asked yes-or-no questions and answers them no better than by chance: the 95% interval of its AUC
// reaches down to .5.
bool is_not_learnt(const TaskResult& result);

}  // namespace p5
