// How many threads the system starts: a container or ulimit -u may allow fewer than the machine has cores. Thread-safe:
// free functions.
#pragma once

#include <cstddef>

namespace p5 {

// How many threads, the caller's included, can be started now; at most `wanted`.
std::size_t startable_threads(std::size_t wanted);
// Throws Unavailable (system) unless that many can be started. For a number that somebody asked for; 0 always passes.
void require_threads(std::size_t threads);

}  // namespace p5
