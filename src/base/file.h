// Files that are either whole or absent: writers use a temporary name, sync and rename. What cannot be synced is an
// error, because it could be lost. Not thread-safe per object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/mapped_file.h"
#include "base/marked_folder.h"

namespace p5 {

// Writes PATH through PATH.tmp-<random digits>; commit() syncs the file, renames it and syncs the folder. Without
// commit() the temporary file is removed and PATH stays as it was. The constructor also removes temporary files of PATH
// whose programs were killed. Throws Unavailable (system) on a full disk or a missing folder.
class AtomicFileWriter {
 public:
  explicit AtomicFileWriter(std::filesystem::path path);
  ~AtomicFileWriter();
  AtomicFileWriter(const AtomicFileWriter&) = delete;
  AtomicFileWriter& operator=(const AtomicFileWriter&) = delete;

  void write(std::string_view bytes);
  void write(std::span<const std::byte> bytes);
  std::uint64_t size() const { return size_; }
  void commit();

 private:
  void create();
  void flush();

  std::filesystem::path path_, temporary_;
  std::string buffer_;
  std::uint64_t size_ = 0;
  int descriptor_ = -1;
};

// The same guarantee for a whole folder: files are written into path(), commit() renames it to the target. An existing
// target, whatever it is, is replaced only with `kReplace`: callers first check that it is theirs. Otherwise the
// constructor and commit() throw InvalidArgument (request). The temporary folder is TARGET.tmp-<random digits>
// (base/marked_folder.h).
class AtomicDirectory {
 public:
  enum class Existing { kRefuse, kReplace };
  AtomicDirectory(const std::filesystem::path& target, Existing existing);
  AtomicDirectory(const AtomicDirectory&) = delete;
  AtomicDirectory& operator=(const AtomicDirectory&) = delete;

  const std::filesystem::path& path() const { return content_; }
  void commit();

  // Cleans up after programs that died while they wrote the target: restores a target that one had moved aside, and
  // removes their temporary folders. Those of running programs stay. The constructor does the same.
  static void recover(const std::filesystem::path& target);

 private:
  bool move_into_place() const;

  std::filesystem::path target_, content_;
  Existing existing_;
  std::optional<MarkedFolder> temporary_;
};

// Whether something has this name. Throws Unavailable (system) when that cannot be known, as without permission for a
// folder above.
bool file_exists(const std::filesystem::path& path);

// Reads or replaces a small file at once. read_file refuses files above `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::uint64_t limit = 1ULL << 30);
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

// Wait until the content of a file, or the names in a folder, are on the disk. Throw Unavailable (system). Folders of a
// file system that cannot sync them are skipped.
void sync_file(const std::filesystem::path& file);
void sync_folder(const std::filesystem::path& folder);

}  // namespace p5
