// The members of a zip file, read one after another without unpacking to disk. Stored and deflated members, zip64
// included; encrypted ones are refused. Thread-safe: an archive is immutable, and each member has its own stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace p5 {

struct ZipMember {
  std::string name;  // with folders: "ml-latest-small/ratings.csv"
  std::uint64_t compressed = 0, size = 0, header_at = 0;
  std::uint32_t crc32 = 0;
  std::uint16_t method = 0, flags = 0;
};

bool is_zip(const std::filesystem::path& path);
// The files in it, in the archive's order; folders are left out. Throws a data error for a damaged archive.
std::vector<ZipMember> zip_members(const std::filesystem::path& archive);

// "x.zip/a/b.csv" as archive and member; nullopt for a path that does not go through a file.
struct ZipPath {
  std::filesystem::path archive;
  std::string member;
};
std::optional<ZipPath> split_zip_path(const std::filesystem::path& path);

// The bytes of one member. Not thread-safe.
class ZipStream {
 public:
  // Throws NotFound when there is no such member, and a data error for one that cannot be read.
  explicit ZipStream(const ZipPath& path);
  ~ZipStream();
  ZipStream(const ZipStream&) = delete;
  ZipStream& operator=(const ZipStream&) = delete;

  // As ByteSource::read(). Throws a data error when the member is damaged, its checksum included.
  std::size_t read(char* target, std::size_t capacity);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace p5
