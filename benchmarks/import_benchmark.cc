// Reads seeded Amazon-like JSON lines and MovieLens-like rows into a sink that keeps nothing, and sets the speed beside
// its floors: a pass that looks for ends of line in the same bytes, and simdjson parsing every line and reading
// nothing.
#include <fmt/format.h>
#include <simdjson.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/rng.h"
#include "ingest/dataset_reader.h"
#include "review_lines.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

constexpr int kRepeats = 5;
constexpr std::size_t kJsonBytes = std::size_t{200} << 20;
constexpr int kRows = 5'000'000;

std::string review_lines(std::size_t bytes) {
  bench::ReviewLines lines;
  std::string text;
  text.reserve(bytes + 4096);
  while (text.size() < bytes) lines.append_to(text);
  return text;
}

std::string rating_rows(int rows) {
  Rng rng(2022, "import benchmark ratings");
  std::string text;
  for (int i = 0; i < rows; ++i) {
    text += fmt::format("{}\t{}\t{}\t{}\n", 1 + rng.below(138493), 1 + rng.below(27278), 1 + rng.below(5),
                        800000000 + rng.below(600000000));
  }
  return text;
}

// Seconds of the processor, the kernel's included: everything here runs on one core, and other programs do not count.
double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The median of a few runs.
double median_seconds(const std::function<void()>& run) {
  std::array<double, kRepeats> seconds{};
  for (double& each : seconds) {
    const double start = cpu_seconds();
    run();
    each = cpu_seconds() - start;
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[kRepeats / 2];
}

bench::CountingSink read(const std::filesystem::path& path) {
  bench::CountingSink sink;
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

std::uint64_t parse_lines(std::string_view text) {
  simdjson::dom::parser parser;
  std::uint64_t good = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    simdjson::dom::element root;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    // Behind the last line there is still the text's own reserve.
    good += parser.parse(bytes, end, false).get(root) == simdjson::SUCCESS;
    text.remove_prefix(end + 1);
  }
  return good;
}

struct Figure {
  const char* name;
  const char* unit;
  double value, target, scan_floor, parse_floor;  // floors in the same unit; parse_floor 0: none
};

void print(const Figure& figure, bool json) {
  if (json) {
    fmt::print(R"({{"name": "{}", "unit": "{}", "value": {:.1f}, "target": {:.1f}, "scan_floor": {:.1f}, )"
               R"("parse_floor": {:.1f}, "ratio_to_scan": {:.3f}, "ratio_to_parse": {:.3f}}})"
               "\n",
               figure.name, figure.unit, figure.value, figure.target, figure.scan_floor, figure.parse_floor,
               figure.scan_floor / figure.value, figure.parse_floor / figure.value);
    return;
  }
  fmt::print("{:<12} {:>8.1f} {} (target {:.0f}); newline scan {:.0f} (x{:.1f})", figure.name, figure.value,
             figure.unit, figure.target, figure.scan_floor, figure.scan_floor / figure.value);
  if (figure.parse_floor > 0) {
    fmt::print("; simdjson {:.0f} (x{:.1f})", figure.parse_floor, figure.parse_floor / figure.value);
  }
  fmt::print("\n");
}

int run(bool json) {
  const test::TemporaryFolder folder;
  const std::string reviews = review_lines(kJsonBytes);
  write_file_atomically(folder / "reviews.json", reviews);
  const double megabytes = static_cast<double>(reviews.size()) / 1e6;
  std::uint64_t lines = 0, parsed = 0;
  bench::CountingSink sink;
  const double reading = median_seconds([&] { sink = read(folder / "reviews.json"); });
  const double scanning = median_seconds([&] { lines = count_lines(reviews); });
  const double parsing = median_seconds([&] { parsed = parse_lines(reviews); });
  if (sink.interactions != lines || parsed != lines || sink.bad != 0) return 1;
  print({"json_lines", "MB/s", megabytes / reading, 200, megabytes / scanning, megabytes / parsing}, json);

  const std::string ratings = rating_rows(kRows);
  write_file_atomically(folder / "u.data", ratings);
  const double rows = kRows / 1e6;
  const double reading_rows = median_seconds([&] { sink = read(folder / "u.data"); });
  const double scanning_rows = median_seconds([&] { lines = count_lines(ratings); });
  if (sink.interactions != static_cast<std::uint64_t>(kRows) || lines != sink.interactions) return 1;
  print({"movielens", "Mrows/s", rows / reading_rows, 1, rows / scanning_rows, 0}, json);
  return 0;
}

}  // namespace
}  // namespace p5

int main(int argc, char** argv) { return p5::run(argc > 1 && std::string_view(argv[1]) == "--json"); }
