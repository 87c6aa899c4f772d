// The processor, as far as p5's kernels care. Linux; instructions of x86-64 and 64-bit ARM are looked up.
// Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace p5 {

struct Processor {
  std::string name;       // as the system calls it; empty where it does not say
  std::size_t cores = 1;  // hardware threads that this process may run on
  double quota = 0;       // processors' worth of time that a container may use; 0 = no limit
  // "AVX2", "AVX-512", "AVX-512 VNNI", "AVX-512 bf16", "AMX bf16", "AMX int8"; "NEON", "NEON dot products"
  std::vector<std::string> units;
};

Processor this_processor();
// "max 100000" or "150000 100000", the content of cpu.max, as processors; 0 for no limit or what cannot be read.
double processors_of_quota(const std::string& cpu_max);

}  // namespace p5
