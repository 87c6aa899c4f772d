#include "base/abandoned_files.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_lock.h"
#include "base/marked_folder.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

// Of the file `target`, or of any file where that is empty.
void remove_from(const fs::path& folder, std::string_view target) {
  std::error_code ignored;
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(folder, ignored), end; !ignored && entry != end; entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    const bool temporary = target.empty() ? is_temporary_name(name) : is_temporary_name(name, target);
    std::error_code unknown;
    if (temporary && fs::is_regular_file(entry->symlink_status(unknown))) found.push_back(entry->path());
  }
  for (const fs::path& file : found) {
    const std::optional<FileLock> lock = FileLock::acquire(file, FileLock::Open::kExisting);
    if (lock && lock->held()) fs::remove(file, ignored);
  }
}

}  // namespace

void remove_abandoned_files(const fs::path& path) {
  remove_from(path.has_parent_path() ? path.parent_path() : fs::path("."), path.filename().string());
}

void remove_abandoned_files_in(const fs::path& folder) { remove_from(folder, {}); }

}  // namespace p5
