// Whether an update takes the place of the run that it began with: both were asked for the same held-out events, and a
// rule looks at the differences of all users together and of groups of them. Thread-safe: plain values and free
// functions.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "evaluate/paired_bootstrap.h"
#include "pipeline/update_options.h"

namespace p5 {

// The users of one group, of whom some were asked for.
struct GateGroup {
  std::string name;                        // "users with new events"
  std::size_t users = 0;                   // that could be asked for
  std::vector<double> current, next = {};  // NDCG@10 of each question; equally many of both
};

// A line of the table.
struct GateRow {
  std::string name;
  std::size_t users = 0, asked = 0;
  double current = 0, next = 0;   // means of NDCG@10
  BootstrapInterval change = {};  // next - current
  bool judged = false;            // asked often enough to decide by it
};

struct GateVerdict {
  bool promote = false;
  std::string why;  // a clause: "worse for new users"
};

inline constexpr std::size_t kFewestGateQuestions = 10;  // with fewer, a row is shown and decides nothing

// Rows of the groups that have questions, after one for all users: there each group counts by its users, as if all had
// been asked, and the interval is that of a bootstrap within each group (stratified; Efron and Tibshirani 1993, 8.3).
// Empty without questions.
std::vector<GateRow> gate_rows(std::span<const GateGroup> groups, const UpdateOptions& options);

// Worse: the whole interval of a row is below -update.tolerance. Better: that of all users is above 0. An update that
// could not be judged at all is promoted by update.promote = "always" alone.
GateVerdict judge(std::span<const GateRow> rows, const UpdateOptions& options);

std::string gate_table(std::span<const GateRow> rows);
nlohmann::ordered_json to_json(std::span<const GateRow> rows);

}  // namespace p5
