#include "base/folder_copy.h"

#include <system_error>

#include "p5/error.h"

namespace p5 {

void copy_missing_files(const std::filesystem::path& from, const std::filesystem::path& to) {
  namespace fs = std::filesystem;
  std::error_code failure;
  if (!fs::is_directory(from, failure)) return;
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::skip_existing, failure);
  if (failure) throw system_error("cannot copy the folder", {.where = from.string(), .got = failure.message()});
}

}  // namespace p5
