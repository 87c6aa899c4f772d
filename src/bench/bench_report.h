// What a bench found: one JSON object of figures, and tables of it for people. A plain value.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace p5 {

// Keys carry their unit ("step_ms_median"). A value that is a list of objects is a table of its own.
using BenchReport = nlohmann::ordered_json;

std::string report_json(const BenchReport& report);
std::string report_text(const BenchReport& report);

// Adds the operations and the peak that a figure is compared with: flops, gflops, peak_gflops, floor_ms, floor_ratio.
// `seconds` is the measured time, `peak` is in operations per second.
void add_floor(BenchReport& report, double flops, double seconds, double peak);

// 0 means the hardware's own number.
std::int64_t thread_count(std::int64_t threads);

}  // namespace p5
