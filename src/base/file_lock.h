// An advisory lock on a file (flock), held while the object lives. The kernel releases it when the program ends, for
// whatever reason. It does not depend on process ids, so programs in different containers see each other. Not
// thread-safe.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace p5 {

class FileLock {
 public:
  enum class Open {
    kNew,       // creates the file; throws Unavailable (system) when something has that name
    kExisting,  // nothing when there is no such file
    kEither,
  };
  // Nothing when another program holds the lock. Links are not followed. Throws Unavailable (system) when the file can
  // be neither created nor opened. On file systems without locks, a file that may be created counts as locked by us
  // (held() is false), and an existing one as locked by another program.
  static std::optional<FileLock> acquire(const std::filesystem::path& file, Open open);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

  bool held() const { return held_; }
  // The first 4 KiB of the file, and a new content for it.
  std::string read() const;
  void write(std::string_view content) const;

 private:
  FileLock(std::filesystem::path file, int descriptor, bool held)
      : file_(std::move(file)), descriptor_(descriptor), held_(held) {}

  std::filesystem::path file_;
  int descriptor_ = -1;
  bool held_ = false;
};

}  // namespace p5
