// A folder in the system's temporary one that is gone when the object is. Not thread-safe.
#pragma once

#include <filesystem>

namespace p5 {

class ScratchFolder {
 public:
  ScratchFolder();  // throws Unavailable (system)
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace p5
