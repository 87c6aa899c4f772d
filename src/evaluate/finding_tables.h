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

// How much of the catalogue (of `items`) the lists without seen items show, how unevenly, and how popular it is; empty
// where nothing was measured.
std::string list_table(const std::vector<EvaluationRow>& rows, std::size_t items);

// Hit rate and NDCG@10 of targets with and without training events, seen items removed; empty where fewer than 20
// targets have none.
std::string target_table(const std::vector<EvaluationRow>& rows);

// For the sequential task: the figures of all lists (one line per row, seen items allowed and removed), then, of the
// lists without seen items, groups of users and of items (one line per group, one column per row). "0.123 ± .004".
std::string finding_tables(const std::vector<EvaluationRow>& rows);

}  // namespace p5
