#include "bench/import_bench.h"

#include <simdjson.h>
#include <time.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "bench/measure.h"
#include "bench/review_lines.h"
#include "bench/scratch_folder.h"
#include "ingest/dataset_reader.h"
#include "p5/error.h"

namespace p5 {
namespace {

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double median_cpu_seconds(std::int64_t rounds, const std::function<void()>& work) {
  std::vector<double> seconds;
  for (std::int64_t round = 0; round < rounds; ++round) {
    const double start = cpu_seconds();
    work();
    seconds.push_back(cpu_seconds() - start);
  }
  return median(std::move(seconds));
}

CountingSink read_into_nothing(const std::filesystem::path& path) {
  CountingSink sink;
  make_dataset_reader({}, {path})->read({path}, sink);
  return sink;
}

std::uint64_t count_lines(std::string_view text) {
  std::uint64_t lines = 0;
  for (const char* at = text.data(); at < text.data() + text.size(); ++lines) {
    const void* end = std::memchr(at, '\n', static_cast<std::size_t>(text.data() + text.size() - at));
    if (end == nullptr) break;
    at = static_cast<const char*>(end) + 1;
  }
  return lines;
}

// REQUIRES simdjson's padding after the text.
std::uint64_t parse_lines(std::string_view text) {
  simdjson::dom::parser parser;
  std::uint64_t good = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    simdjson::dom::element root;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    good += parser.parse(bytes, end, false).get(root) == simdjson::SUCCESS;
    text.remove_prefix(end + 1);
  }
  return good;
}

void require_all(std::uint64_t got, std::uint64_t expected) {
  if (got == expected) return;
  throw Error(ErrorCode::kInternal, ErrorSubject::kData, "a pass over the file lost lines",
              {.where = "bench import", .expected = std::to_string(expected), .got = std::to_string(got)});
}

// Processor seconds of the passes over one file. `parsing` 0: no such pass, and the scan is the floor.
struct Passes {
  double reading = 0, scanning = 0, parsing = 0;
};

// Each pass reads `amount` of `unit`; speeds are per second.
BenchReport figures(const char* input, const char* unit, double amount, double bar, const Passes& passes) {
  const double floor = passes.parsing > 0 ? passes.parsing : passes.scanning;
  return {{"input", input},
          {"unit", unit},
          {"speed", amount / passes.reading},
          {"bar", bar},
          {"newline_scan", amount / passes.scanning},
          {"scan_ratio", passes.reading / passes.scanning},
          {"floor", amount / floor},
          {"floor_ratio", passes.reading / floor}};
}

BenchReport measure_json_lines(const ImportBenchOptions& options, const std::filesystem::path& file) {
  ReviewLines reviews;
  std::string text;
  const std::size_t bytes = static_cast<std::size_t>(options.megabytes) << 20;
  while (text.size() < bytes) reviews.append_to(text);
  text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  write_file_atomically(file, text);
  const auto timed = [&](const auto& pass) {
    return median_cpu_seconds(options.rounds, [&] { require_all(pass(), reviews.count()); });
  };
  const Passes passes{.reading = timed([&] { return read_into_nothing(file).interactions; }),
                      .scanning = timed([&] { return count_lines(text); }),
                      .parsing = timed([&] { return parse_lines(text); })};
  return figures("json_lines", "MB/s", static_cast<double>(text.size()) / 1e6, 200, passes);
}

BenchReport measure_rows(const ImportBenchOptions& options, const std::filesystem::path& file) {
  const std::string text = rating_rows(options.rows);
  write_file_atomically(file, text);
  const auto timed = [&](const auto& pass) {
    return median_cpu_seconds(options.rounds, [&] { require_all(pass(), static_cast<std::uint64_t>(options.rows)); });
  };
  const Passes passes{.reading = timed([&] { return read_into_nothing(file).interactions; }),
                      .scanning = timed([&] { return count_lines(text); })};
  return figures("movielens", "million rows/s", static_cast<double>(options.rows) / 1e6, 1, passes);
}

}  // namespace

BenchReport bench_import(const ImportBenchOptions& options) {
  constexpr double kRowBytes = 16;  // a lower bound
  require_memory(
      std::max(static_cast<double>(options.megabytes) * (1 << 20), static_cast<double>(options.rows) * kRowBytes));
  const ScratchFolder folder;
  BenchReport inputs = BenchReport::array();
  inputs.push_back(measure_json_lines(options, folder.path() / "reviews.json"));
  inputs.push_back(measure_rows(options, folder.path() / "u.data"));
  return {{"job", "import"}, {"threads", 1}, {"inputs", std::move(inputs)}, {"peak_memory_mb", peak_memory_mb()}};
}

}  // namespace p5
