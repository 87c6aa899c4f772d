#include "base/marked_folder.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "p5/error.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kMarkFile = ".p5-temporary";
constexpr std::string_view kMark = "p5-temporary 1\n";
constexpr std::string_view kEnding = ".tmp-";
constexpr std::size_t kDigits = 16;
constexpr std::string_view kHexadecimal = "0123456789abcdef";

// The mark is removed last, so that a partly removed folder is still recognised.
void remove_marked(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(folder, ignored), end; !ignored && entry != end; entry.increment(ignored)) {
    if (entry->path().filename() != kMarkFile) entries.push_back(entry->path());
  }
  for (const fs::path& entry : entries) fs::remove_all(entry, ignored);
  fs::remove(folder / kMarkFile, ignored);
  fs::remove(folder, ignored);
}

}  // namespace

MarkedFolder::MarkedFolder(const fs::path& target) : path_(temporary_sibling(target)) {
  std::error_code failure;
  fs::create_directories(path_.parent_path(), failure);
  if (!fs::create_directory(path_, failure)) {
    throw system_error("cannot create the folder", {.where = path_.string(), .got = failure.message()});
  }
  try {
    mark_ = FileLock::acquire(path_ / kMarkFile, FileLock::Open::kNew);
    mark_->write(kMark);
  } catch (...) {
    remove_marked(path_);
    throw;
  }
}

MarkedFolder::~MarkedFolder() { remove_marked(path_); }

void MarkedFolder::remove_abandoned(const fs::path& target, const std::function<void(const fs::path&)>& rescue) {
  const std::string name = target.filename().string();
  std::error_code ignored;
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(target.has_parent_path() ? target.parent_path() : fs::path("."), ignored), end;
       !ignored && entry != end; entry.increment(ignored)) {
    if (is_temporary_name(entry->path().filename().string(), name)) found.push_back(entry->path());
  }
  for (const fs::path& folder : found) {
    const std::optional<FileLock> mark = FileLock::acquire(folder / kMarkFile, FileLock::Open::kExisting);
    if (!mark || mark->read() != kMark) continue;
    rescue(folder);
    remove_marked(folder);
  }
}

fs::path temporary_sibling(const fs::path& path) {
  std::random_device source;
  std::string name = path.string().append(kEnding);
  for (std::size_t i = 0; i < kDigits; ++i) name += kHexadecimal[source() % kHexadecimal.size()];
  return name;
}

bool is_temporary_name(std::string_view name, std::string_view target) {
  return name.size() == target.size() + kEnding.size() + kDigits && name.starts_with(target) && is_temporary_name(name);
}

bool is_temporary_name(std::string_view name) {
  if (name.size() <= kEnding.size() + kDigits) return false;
  name.remove_prefix(name.size() - kEnding.size() - kDigits);
  return name.starts_with(kEnding) && name.find_first_not_of(kHexadecimal, kEnding.size()) == std::string_view::npos;
}

}  // namespace p5
