// Runs a program of its own for a piece of work, so that its memory and its crashes stay apart. Linux. Thread-safe:
// free functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "p5/stop_token.h"

namespace p5 {

struct ChildResult {
  int exit_code = 0;              // 128 + the signal where one ended it
  std::uint64_t peak_memory = 0;  // bytes in memory at its largest (VmHWM)
  double seconds = 0;
};

// Runs `arguments` (the program first) until it ends. Its input is empty, its standard output is dropped, and
// its messages are this program's. When
// `stop` asks, it is sent SIGTERM once, and waited for; it also gets SIGTERM when this program dies. Throws Unavailable
// (system) when it cannot be started.
ChildResult run_child(const std::vector<std::string>& arguments, const StopToken& stop);

// The program that runs now.
std::filesystem::path this_program();

}  // namespace p5
