// A temporary folder beside a target: NAME.tmp-<16 random hexadecimal digits>, with a mark inside that its program
// keeps locked. Whoever finds such a folder later can tell that p5 made it and whether its program still lives; nothing
// without a mark is ever taken for one. Not thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "base/file_lock.h"

namespace p5 {

class MarkedFolder {
 public:
  // Makes the folder, and those above it. Throws Unavailable (system).
  explicit MarkedFolder(const std::filesystem::path& target);
  ~MarkedFolder();  // removes it with everything in it
  MarkedFolder(const MarkedFolder&) = delete;
  MarkedFolder& operator=(const MarkedFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // Calls `rescue` with each folder that a program which is gone left beside `target`, then removes that folder.
  static void remove_abandoned(const std::filesystem::path& target,
                               const std::function<void(const std::filesystem::path&)>& rescue);

 private:
  std::filesystem::path path_;
  std::optional<FileLock> mark_;
};

// PATH.tmp-<16 random hexadecimal digits>: no process, container or clock gives the same name twice.
std::filesystem::path temporary_sibling(const std::filesystem::path& path);
// Whether `name` is such a name for `target`, both without folders.
bool is_temporary_name(std::string_view name, std::string_view target);

}  // namespace p5
