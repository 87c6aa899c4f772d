// The clock, the median and the memory that every bench uses. Thread-safe: functions without state.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

namespace p5 {

using BenchClock = std::chrono::steady_clock;

double seconds_since(BenchClock::time_point start);

// The upper of the two middle values when their number is even. REQUIRES at least one value.
double median(std::vector<double> values);

// The wall-clock seconds of each of `rounds` runs of `work`.
std::vector<double> time_rounds(std::size_t rounds, const std::function<void()>& work);

// The largest resident memory of this process so far, in 2^20 bytes.
double peak_memory_mb();

// Throws InvalidArgument when work that takes at least `bytes` cannot fit into the machine's memory.
void require_memory(double bytes);

}  // namespace p5
