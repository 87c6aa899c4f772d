// How findings beyond accuracy are shown: JSON for programs, tables for people. Thread-safe: free functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "evaluate/evaluation_report.h"

namespace p5 {

// {"coverage@10": {"value": ..., "margin": ..., "n": ...}, "exposure": {"popularity": {"head": {...,
// "reference": ...}}}, ...}: objects nested as the paths say. A margin that is infinite is null.
nlohmann::ordered_json findings_json(const std::vector<Finding>& findings);

// For the sequential task: the figures of all lists (one line a row, seen items kept and dropped), then, of the lists
// without seen items, groups of users and of items (one line a group, one column a row). "0.123 ± .004".
std::string finding_tables(const std::vector<EvaluationRow>& rows);

}  // namespace p5
