// A folder in the system's temporary folder that is removed with the object. Not thread-safe.
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
