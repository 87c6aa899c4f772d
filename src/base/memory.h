// How much memory this process may use. Thread-safe.
#pragma once

#include <cstdint>

namespace p5 {

// Bytes: the machine's memory, or less where a limit of the container (cgroup) or of the address space says so.
std::uint64_t memory_limit();
// Bytes of address space: the limit of ulimit -v, or the largest number where there is none.
std::uint64_t address_space_limit();

}  // namespace p5
