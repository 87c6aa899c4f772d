// Random reads from a spool on disk. A memory map would count in full against limits of a process's address space,
// and the touched pages against its resident memory. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace p5 {

class SpoolReader {
 public:
  // Throws Unavailable (system) when the file cannot be opened.
  explicit SpoolReader(const std::filesystem::path& path);
  ~SpoolReader();
  SpoolReader(const SpoolReader&) = delete;
  SpoolReader& operator=(const SpoolReader&) = delete;

  // The `size` bytes from `at`; the view lives until the next call. Throws Unavailable (system) when they are not
  // there.
  std::string_view read(std::uint64_t at, std::size_t size);

 private:
  std::string name_, buffer_;
  int descriptor_ = -1;
};

}  // namespace p5
