// Imports a file larger than the memory that the import may use. Writes seeded Amazon-like JSON lines into a temporary
// folder (in TMPDIR), runs `p5 import` on them as a separate process under hard limits of the kernel, and compares its
// peak memory with the limit, and its speed with that of reading alone. Exit code 1 when the import fails or its memory
// exceeds the limit.
//
// Both limits hold for the whole run: RLIMIT_AS, the address space with all libraries and memory maps, and the peak of
// the resident memory (ru_maxrss), including pages of mapped files that the kernel could reclaim.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "bench/review_lines.h"
#include "benchmark_main.h"
#include "ingest/dataset_reader.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr double kMegabyte = 1e6;

struct Settings {
  double megabytes = 600, limit_megabytes = 256;
  std::string program;
  bool json = false;
};

struct ChildRun {
  int code = 0;  // 128 plus the signal for a process that was killed
  double peak_megabytes = 0, wall_seconds = 0, cpu_seconds = 0;
};

// The p5 of the same build.
fs::path built_program() { return fs::read_symlink("/proc/self/exe").parent_path() / "p5"; }

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double cpu_seconds_of_this_process() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Returns the number of lines written. Writes in pieces, so that this process stays smaller than the one it measures:
// a child starts with its parent's peak.
std::uint64_t write_reviews(const fs::path& path, double megabytes) {
  ReviewLines lines;
  std::ofstream file(path, std::ios::binary);
  std::string piece;
  for (double written = 0; written < megabytes * kMegabyte && file; written += static_cast<double>(piece.size())) {
    piece.clear();
    while (piece.size() < (1 << 20)) lines.append_to(piece);
    file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
  }
  file.close();
  if (!file) throw system_error("cannot write the file to import", {.where = path.string()});
  return lines.count();
}

[[noreturn]] void become_import(const Settings& settings, const fs::path& input, const fs::path& out) {
  const auto bytes = static_cast<rlim_t>(settings.limit_megabytes * kMegabyte);
  const rlimit limit{.rlim_cur = bytes, .rlim_max = bytes};
  const int report = ::open((out.string() + ".json").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (report < 0 || ::dup2(report, STDOUT_FILENO) < 0 || ::setrlimit(RLIMIT_AS, &limit) != 0) ::_exit(126);
  ::execl(settings.program.c_str(), "p5", "import", input.c_str(), "--out", out.c_str(), "--json", nullptr);
  ::_exit(127);
}

ChildRun run_import(const Settings& settings, const fs::path& input, const fs::path& out) {
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child < 0) throw system_error("cannot start a process");
  if (child == 0) become_import(settings, input, out);
  int status = 0;
  rusage usage{};
  if (::wait4(child, &status, 0, &usage) != child) throw system_error("cannot wait for the import");
  return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .peak_megabytes = static_cast<double>(usage.ru_maxrss) * 1024 / kMegabyte,
          .wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          .cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime)};
}

double seconds_of_reading(const fs::path& input, std::uint64_t lines) {
  CountingSink sink;
  const double start = cpu_seconds_of_this_process();
  make_dataset_reader({}, {input})->read({input}, sink);
  const double seconds = cpu_seconds_of_this_process() - start;
  if (sink.interactions != lines) throw system_error("reading alone lost lines");
  return seconds;
}

std::uint64_t interactions_of(const fs::path& report) {
  const Json json = Json::parse(std::ifstream(report), nullptr, false);
  return json.is_object() ? json.value("interactions", std::uint64_t{0}) : 0;
}

int measure(const Settings& settings) {
  const test::TemporaryFolder folder;
  const fs::path input = folder / "reviews.json", out = folder / "corpus";
  const std::uint64_t lines = write_reviews(input, settings.megabytes);
  const double megabytes = static_cast<double>(fs::file_size(input)) / kMegabyte;
  const ChildRun import = run_import(settings, input, out);
  const std::uint64_t kept = interactions_of(out.string() + ".json");
  const double reading = seconds_of_reading(input, lines);
  const bool good = import.code == 0 && kept == lines && import.peak_megabytes <= settings.limit_megabytes;
  const Json report{{"benchmark", "import_memory"},
                    {"file_mb", megabytes},
                    {"lines", lines},
                    {"limit_mb", settings.limit_megabytes},
                    {"peak_rss_mb", import.peak_megabytes},
                    {"exit_code", import.code},
                    {"interactions", kept},
                    {"wall_seconds", import.wall_seconds},
                    {"wall_mb_s", megabytes / import.wall_seconds},
                    {"cpu_mb_s", megabytes / import.cpu_seconds},
                    {"read_only_cpu_mb_s", megabytes / reading},
                    {"ok", good}};
  if (settings.json) {
    std::cout << report.dump(2) << "\n";
  } else {
    fmt::print(
        "{:.0f} MB, {} lines; limit {:.0f} MB, peak {:.0f} MB resident; exit code {}, {} interactions: {}\n"
        "{:.2f} s: {:.0f} MB/s from file to corpus, {:.0f} MB/s of processor time; reading alone {:.0f} MB/s\n",
        megabytes, lines, settings.limit_megabytes, import.peak_megabytes, import.code, kept, good ? "ok" : "FAILED",
        import.wall_seconds, megabytes / import.wall_seconds, megabytes / import.cpu_seconds, megabytes / reading);
  }
  return good ? 0 : 1;
}

int run_program(int argc, char** argv) {
  Settings settings{.program = built_program().string()};
  CLI::App app("Imports a file larger than the memory that the import may use");
  app.add_option("--megabytes", settings.megabytes, "size of the file, in 10^6 bytes")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  app.add_option("--limit-megabytes", settings.limit_megabytes, "address space of the import, and its resident memory")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  app.add_option("--program", settings.program, "the p5 to run; by default the one of this build");
  app.add_flag("--json", settings.json, "one JSON object on stdout");
  CLI11_PARSE(app, argc, argv);
  if (settings.limit_megabytes >= settings.megabytes) {
    throw usage_error("the file fits into the limit", {.where = "--limit-megabytes",
                                                       .expected = "less than --megabytes",
                                                       .got = fmt::format("{}", settings.limit_megabytes)});
  }
  return measure(settings);
}

}  // namespace
}  // namespace p5

int main(int argc, char** argv) { return p5::benchmark_main(argc, argv, p5::run_program); }
