// A folder that is removed at the end of the test.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

namespace p5::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "p5-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Where the real data sets are, if this checkout has them; tests that need them skip otherwise.
inline std::filesystem::path shared_folder() { return std::filesystem::path(P5_SOURCE_DIR).parent_path() / "shared"; }

}  // namespace p5::test
