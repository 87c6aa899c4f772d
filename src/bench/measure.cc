#include "bench/measure.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cassert>

#include "base/memory.h"
#include "p5/error.h"

namespace p5 {

double seconds_since(BenchClock::time_point start) {
  return std::chrono::duration<double>(BenchClock::now() - start).count();
}

double median(std::vector<double> values) {
  assert(!values.empty());
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<double> time_rounds(std::size_t rounds, const std::function<void()>& work) {
  std::vector<double> seconds(rounds);
  for (double& each : seconds) {
    const auto start = BenchClock::now();
    work();
    each = seconds_since(start);
  }
  return seconds;
}

double peak_memory_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void require_memory(double bytes) {
  constexpr double kGibibyte = 1 << 30;
  const auto limit = static_cast<double>(memory_limit());
  if (bytes <= limit) return;
  throw usage_error("the sizes asked for are too large to be measured here",
                    {.where = "memory",
                     .expected = fmt::format("at most {:.1f} GiB", limit / kGibibyte),
                     .got = fmt::format("{:.1f} GiB or more", bytes / kGibibyte)});
}

}  // namespace p5
