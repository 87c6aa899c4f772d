#include "bench/bench_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "base/json_field.h"
#include "base/text_layout.h"
#include "evaluate/text_table.h"

namespace p5 {
namespace {

// Three or four significant digits.
std::string shown(double value) {
  const double size = std::fabs(value);
  if (size >= 1e9) return fmt::format("{:.3e}", value);
  if (size >= 1000) return with_commas(static_cast<std::size_t>(std::llround(size)));
  return fmt::format("{:.{}f}", value, size >= 100 ? 1 : size >= 1 ? 2 : 3);
}

std::string shown(const BenchReport& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return with_commas(value.get<std::size_t>());
  if (value.is_number_float()) return shown(value.get<double>());
  return value.dump();
}

// All rows have the keys of the first.
std::string list_text(const BenchReport& rows) {
  std::vector<std::string> header;
  for (const auto& cell : rows.front().items()) header.push_back(cell.key());
  TextTable table(header);
  for (const BenchReport& row : rows) {
    std::vector<std::string> cells;
    for (const std::string& key : header) cells.push_back(shown(row.at(key)));
    table.add_row(std::move(cells));
  }
  return table.to_text();
}

}  // namespace

std::string report_json(const BenchReport& report) { return pretty_json(report); }

std::string report_text(const BenchReport& report) {
  std::string lists;
  TextTable figures({"figure", "value"});
  for (const auto& figure : report.items()) {
    if (figure.value().is_array() && !figure.value().empty()) {
      lists += "\n" + list_text(figure.value());
    } else {
      figures.add_row({figure.key(), shown(figure.value())});
    }
  }
  return figures.to_text() + lists;
}

void add_floor(BenchReport& report, double flops, double seconds, double peak) {
  report["flops"] = flops;
  report["gflops"] = flops / seconds * 1e-9;
  report["peak_gflops"] = peak * 1e-9;
  report["floor_ms"] = flops / peak * 1e3;
  report["floor_ratio"] = seconds * peak / flops;
}

std::int64_t thread_count(std::int64_t threads) {
  return threads > 0 ? threads : std::max<std::int64_t>(1, std::thread::hardware_concurrency());
}

}  // namespace p5
