// A file as memory. A file that shrinks while it is mapped, or whose disk fails, cannot be read there: the system then
// sends SIGBUS, and only a signal handler can say what happened. Not thread-safe per object.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace p5 {

// A read-only memory map of a whole file. An empty file maps to an empty span.
class MappedFile {
 public:
  MappedFile() = default;
  explicit MappedFile(const std::filesystem::path& path);  // throws NotFound or Unavailable
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// For the program, not for the library: from now on, reading a lost part of a mapped file prints an error that names
// the file and ends the process with the exit code of damaged data (3).
void install_lost_file_handler();

}  // namespace p5
