// Temporary files of programs that were killed while they wrote (base/file.h). Such a file is known by its name,
// NAME.tmp-<16 random hexadecimal digits>, and by its lock: the program that writes it holds the lock until the file
// has its own name. Thread-safe: free functions.
#pragma once

#include <filesystem>

namespace p5 {

// Removes the abandoned temporary files of `path`, which are next to it.
void remove_abandoned_files(const std::filesystem::path& path);
// The same for every file of a folder, but not of its subfolders.
void remove_abandoned_files_in(const std::filesystem::path& folder);

}  // namespace p5
