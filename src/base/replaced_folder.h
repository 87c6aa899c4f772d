// Reading a folder of several files while another program replaces it: the header may be of the old folder and another
// file of the new one. Thread-safe: free functions.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>

#include "p5/error.h"

namespace p5 {

// Which file has this name now: device, number, time of change in seconds and nanoseconds; zeros where there is none.
std::array<std::uint64_t, 4> file_identity(const std::filesystem::path& file);

// Calls `read`, and calls it again if it throws an Error and the folder was replaced in the meantime: then `manifest`,
// a file that every version of the folder has, is another file. The last error is passed on.
template <typename Read>
auto read_replaceable(const std::filesystem::path& manifest, const Read& read) {
  constexpr int kTries = 20;
  for (int tries = 1;; ++tries) {
    const auto before = file_identity(manifest);
    try {
      return read();
    } catch (const Error&) {
      if (tries >= kTries || file_identity(manifest) == before) throw;
    }
  }
}

}  // namespace p5
