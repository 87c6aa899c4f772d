#include "base/memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace p5 {

std::uint64_t memory_limit() {
  auto limit = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::getpagesize());
  for (const char* file : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::uint64_t bytes = 0;
    if (std::ifstream(file) >> bytes) limit = std::min(limit, bytes);  // "max" stands for no limit
  }
  rlimit space{};
  if (::getrlimit(RLIMIT_AS, &space) == 0) limit = std::min<std::uint64_t>(limit, space.rlim_cur);
  return limit;
}

}  // namespace p5
