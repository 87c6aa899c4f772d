// What an import did, for people and for programs. Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "ingest/ingest_report.h"

namespace p5 {

// What deserves a warning: a table of items that meets no item of the log, or gives no title.
std::vector<std::string> warnings_of(const IngestReport& report);

// The column from which the lines of the table say something.
inline constexpr std::size_t kReportIndent = 10;

// `out` is the corpus folder that was written.
std::string to_table(const IngestReport& report, const std::filesystem::path& out);
// "next p5 train ...": the line that ends the table where nothing else follows.
std::string next_step(const std::filesystem::path& out);
std::string to_json(const IngestReport& report, const std::filesystem::path& out);

}  // namespace p5
