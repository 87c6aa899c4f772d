// What the vector unit that products run on can do: its multiply-adds in registers alone, which no product exceeds.
// Thread-safe: functions without state.
#pragma once

#include <cstdint>

#include "bench/bench_report.h"
#include "model/device_options.h"

namespace p5 {

// Floating-point operations per second of `threads` threads (0: all cores), the best of some rounds. `bfloat16`: of
// pairs of bfloat16 numbers, REQUIRES bfloat16::available().
double unit_peak(std::int64_t threads, bool bfloat16);

// Adds the unit that products of `device.matmul` run on, its peak, and the share of it that `flops` in `seconds` are:
// unit, unit_peak_gflops, unit_share. Nothing on tiles, nor where the report's device is a GPU.
void add_unit(BenchReport& report, const DeviceOptions& device, double flops, double seconds);

}  // namespace p5
