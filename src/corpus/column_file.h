// A growing file of plain values, as used for columns and temporary data. It is in a folder that an AtomicDirectory
// will move into place, so it is neither synced nor renamed itself. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>

namespace p5 {

class ColumnFile {
 public:
  // Throws Unavailable (system), as do the others, on a full disk or a missing folder.
  explicit ColumnFile(std::filesystem::path path);
  ~ColumnFile();
  ColumnFile(const ColumnFile&) = delete;
  ColumnFile& operator=(const ColumnFile&) = delete;

  void append(std::string_view bytes) {
    buffer_.append(bytes);
    size_ += bytes.size();
    if (buffer_.size() >= kBufferBytes) flush();
  }
  template <typename T>
  void append_value(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    append(std::string_view(reinterpret_cast<const char*>(&value), sizeof value));
  }

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }  // bytes appended
  void close();

 private:
  static constexpr std::size_t kBufferBytes = 1 << 17;
  void flush();

  std::filesystem::path path_;
  std::FILE* file_ = nullptr;
  std::string buffer_;
  std::uint64_t size_ = 0;
};

}  // namespace p5
