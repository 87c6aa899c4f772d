#include "base/replaced_folder.h"

#include <sys/stat.h>

namespace p5 {

std::array<std::uint64_t, 4> file_identity(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_ctim.tv_sec),
          static_cast<std::uint64_t>(status.st_ctim.tv_nsec)};
}

}  // namespace p5
