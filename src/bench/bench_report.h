// What a bench found: one JSON object of figures, and tables of it for people. A plain value.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace p5 {

// Keys carry their unit ("step_ms_median"). A value that is a list of objects is a table of its own.
using BenchReport = nlohmann::ordered_json;

std::string report_json(const BenchReport& report);
std::string report_text(const BenchReport& report);

// Adds the operations and the peak that a figure is held against: flops, gflops, peak_gflops, floor_ms, floor_ratio.
// `seconds` is what they took, `peak` operations a second.
void add_floor(BenchReport& report, double flops, double seconds, double peak);

// The hardware's own number for 0.
std::int64_t thread_count(std::int64_t threads);

}  // namespace p5
