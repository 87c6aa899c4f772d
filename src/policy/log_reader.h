// Reads a log of decisions in any format that p5 knows. Thread-safe: free functions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "policy/decision_log.h"

namespace p5 {

// "auto" and the names of the formats: "answers", "dsjson", "open-bandit".
std::vector<std::string> log_formats();
// Throws NotFound (data) for a file that cannot be read, a usage error for an unknown format.
DecisionLog read_decision_log(const std::filesystem::path& file, const std::string& format = "auto");

}  // namespace p5
