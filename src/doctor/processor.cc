#include "doctor/processor.h"

#include <sched.h>
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

namespace p5 {
namespace {

std::string name_of_processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const auto colon = line.find(": ");
    return colon == std::string::npos ? std::string() : line.substr(colon + 2);
  }
  return {};
}

std::size_t allowed_cores() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<std::size_t>(CPU_COUNT(&set));
  return std::max(1U, std::thread::hardware_concurrency());
}

#if defined(__x86_64__)
std::vector<std::string> instruction_units() {
  std::vector<std::string> units;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) units.emplace_back("AVX2");
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) units.emplace_back("AVX-512");
  if (__builtin_cpu_supports("avx512vnni")) units.emplace_back("AVX-512 VNNI");
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & (1U << 5)) != 0) units.emplace_back("AVX-512 bf16");
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & (1U << 24)) != 0) {
    if ((d & (1U << 22)) != 0) units.emplace_back("AMX bf16");
    if ((d & (1U << 25)) != 0) units.emplace_back("AMX int8");
  }
  return units;
}
#elif defined(__aarch64__)
std::vector<std::string> instruction_units() {
  constexpr unsigned long kDotProducts = 1UL << 20U;  // HWCAP_ASIMDDP
  std::vector<std::string> units = {"NEON"};
  if ((::getauxval(AT_HWCAP) & kDotProducts) != 0) units.emplace_back("NEON dot products");
  return units;
}
#else
std::vector<std::string> instruction_units() { return {}; }
#endif

}  // namespace

double processors_of_quota(const std::string& cpu_max) {
  double quota = 0, period = 0;
  std::istringstream words(cpu_max);
  if (!(words >> quota >> period) || quota <= 0 || period <= 0) return 0;
  return quota / period;
}

Processor this_processor() {
  Processor processor{.name = name_of_processor(), .cores = allowed_cores(), .units = instruction_units()};
  std::ifstream quota("/sys/fs/cgroup/cpu.max");
  std::string line;
  if (std::getline(quota, line)) processor.quota = processors_of_quota(line);
  return processor;
}

}  // namespace p5
