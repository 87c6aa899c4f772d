// A temporary folder next to a target: NAME.tmp-<16 random hexadecimal digits>, with a mark file that its program keeps
// locked. A program that finds such a folder later can tell that p5 made it and whether its owner still runs. A folder
// without the mark is never taken for one. Not thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "base/file_lock.h"

namespace p5 {

class MarkedFolder {
 public:
  // Creates the folder and its parents. Throws Unavailable (system).
  explicit MarkedFolder(const std::filesystem::path& target);
  ~MarkedFolder();  // removes it with everything in it
  MarkedFolder(const MarkedFolder&) = delete;
  MarkedFolder& operator=(const MarkedFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // Calls `rescue` with each such folder next to `target` whose program has ended, then removes the folder.
  static void remove_abandoned(const std::filesystem::path& target,
                               const std::function<void(const std::filesystem::path&)>& rescue);

 private:
  std::filesystem::path path_;
  std::optional<FileLock> mark_;
};

// PATH.tmp-<16 random hexadecimal digits>. Process ids and clocks play no part, since containers may share them.
std::filesystem::path temporary_sibling(const std::filesystem::path& path);
// Whether `name` is such a name for `target`, or for any file; all without folders.
bool is_temporary_name(std::string_view name, std::string_view target);
bool is_temporary_name(std::string_view name);

}  // namespace p5
