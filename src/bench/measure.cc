#include "bench/measure.h"

#include <sys/resource.h>

#include <algorithm>
#include <cassert>

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

}  // namespace p5
