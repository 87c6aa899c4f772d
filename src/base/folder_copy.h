// Copies of folders. Thread-safe: a free function.
#pragma once

#include <filesystem>

namespace p5 {

// Copies the files of `from`, and of folders in it, that `to` does not have; nothing where `from` is not a folder.
// Throws Unavailable (system).
void copy_missing_files(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace p5
