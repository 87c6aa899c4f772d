#include "records/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <string_view>

#include "p5/error.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;
constexpr std::size_t kEndSize = 22, kLocatorSize = 20, kEnd64Size = 56, kCentralSize = 46, kLocalSize = 30;
constexpr std::size_t kLongestComment = 0xffff;
constexpr std::uint64_t kLargestDirectory = std::uint64_t{1} << 28;
constexpr std::uint16_t kStored = 0, kDeflated = 8, kEncrypted = 1;
constexpr std::size_t kZipBlock = std::size_t{1} << 18;

Error damaged(const fs::path& archive, std::string what) {
  return data_error("the zip file is damaged", {.where = archive.string(), .got = std::move(what)});
}

template <typename T>
T number_at(std::string_view bytes, std::size_t at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value =
        static_cast<T>(value | static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[at + i])) << (8 * i)));
  }
  return value;
}

std::string read_at(std::ifstream& file, const fs::path& archive, std::uint64_t at, std::size_t size) {
  std::string bytes(size, '\0');
  file.clear();
  file.seekg(static_cast<std::streamoff>(at));
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  if (file.bad()) throw system_error("cannot read the file", {.where = archive.string()});
  if (static_cast<std::size_t>(file.gcount()) != size) throw damaged(archive, "it ends early");
  return bytes;
}

struct Directory {
  std::uint64_t at = 0, size = 0, entries = 0;
};

Directory find_directory(std::ifstream& file, const fs::path& archive) {
  file.seekg(0, std::ios::end);
  const auto total = static_cast<std::uint64_t>(std::max<std::streamoff>(0, file.tellg()));
  const std::size_t tail_size = static_cast<std::size_t>(std::min<std::uint64_t>(total, kEndSize + kLongestComment));
  const std::string tail = read_at(file, archive, total - tail_size, tail_size);
  for (std::size_t at = tail_size < kEndSize ? 0 : tail_size - kEndSize + 1; at-- > 0;) {
    if (number_at<std::uint32_t>(tail, at) != kEnd) continue;
    Directory directory{.at = number_at<std::uint32_t>(tail, at + 16),
                        .size = number_at<std::uint32_t>(tail, at + 12),
                        .entries = number_at<std::uint16_t>(tail, at + 10)};
    const std::uint64_t end_at = total - tail_size + at;
    if (end_at >= kLocatorSize) {
      const std::string locator = read_at(file, archive, end_at - kLocatorSize, kLocatorSize);
      if (number_at<std::uint32_t>(locator, 0) == kEnd64Locator) {
        const std::string end = read_at(file, archive, number_at<std::uint64_t>(locator, 8), kEnd64Size);
        if (number_at<std::uint32_t>(end, 0) != kEnd64) throw damaged(archive, "no directory");
        directory = {.at = number_at<std::uint64_t>(end, 48),
                     .size = number_at<std::uint64_t>(end, 40),
                     .entries = number_at<std::uint64_t>(end, 32)};
      }
    }
    if (directory.size > kLargestDirectory || directory.at > total || directory.size > total - directory.at) {
      throw damaged(archive, "a directory outside the file");
    }
    return directory;
  }
  throw damaged(archive, "no directory; it may be cut off");
}

// Sizes that do not fit 32 bits are in an extra field, in this order, those alone that do not fit.
void read_zip64(std::string_view extra, ZipMember& member) {
  constexpr std::uint16_t kZip64 = 1;
  while (extra.size() >= 4) {
    const std::size_t size = number_at<std::uint16_t>(extra, 2);
    if (size > extra.size() - 4) return;
    std::string_view field = extra.substr(4, size);
    if (number_at<std::uint16_t>(extra, 0) == kZip64) {
      for (std::uint64_t* value : {&member.size, &member.compressed, &member.header_at}) {
        if (*value != 0xffffffffu || field.size() < 8) continue;
        *value = number_at<std::uint64_t>(field, 0);
        field.remove_prefix(8);
      }
      return;
    }
    extra.remove_prefix(4 + size);
  }
}

}  // namespace

bool is_zip(const fs::path& path) {
  std::error_code failure;
  if (!fs::is_regular_file(path, failure)) return false;
  std::ifstream file(path, std::ios::binary);
  char magic[4] = {};
  file.read(magic, sizeof magic);
  if (file.bad()) throw system_error("cannot read the file", {.where = path.string()});
  const std::string_view seen(magic, static_cast<std::size_t>(file.gcount()));
  return seen == "PK\x03\x04" || seen == "PK\x05\x06";
}

std::vector<ZipMember> zip_members(const fs::path& archive) {
  std::ifstream file(archive, std::ios::binary);
  if (!file) throw system_error("cannot open the file", {.where = archive.string()});
  const Directory directory = find_directory(file, archive);
  const std::string bytes = read_at(file, archive, directory.at, static_cast<std::size_t>(directory.size));
  std::string_view rest = bytes;
  std::vector<ZipMember> members;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    if (rest.size() < kCentralSize || number_at<std::uint32_t>(rest, 0) != kCentralHeader) {
      throw damaged(archive, "a bad directory entry");
    }
    const std::size_t name = number_at<std::uint16_t>(rest, 28), extra = number_at<std::uint16_t>(rest, 30),
                      comment = number_at<std::uint16_t>(rest, 32);
    if (rest.size() - kCentralSize < name + extra + comment) throw damaged(archive, "a cut directory entry");
    ZipMember member{.name = std::string(rest.substr(kCentralSize, name)),
                     .compressed = number_at<std::uint32_t>(rest, 20),
                     .size = number_at<std::uint32_t>(rest, 24),
                     .header_at = number_at<std::uint32_t>(rest, 42),
                     .crc32 = number_at<std::uint32_t>(rest, 16),
                     .method = number_at<std::uint16_t>(rest, 10),
                     .flags = number_at<std::uint16_t>(rest, 8)};
    read_zip64(rest.substr(kCentralSize + name, extra), member);
    rest.remove_prefix(kCentralSize + name + extra + comment);
    if (!member.name.empty() && !member.name.ends_with('/')) members.push_back(std::move(member));
  }
  return members;
}

std::optional<ZipPath> split_zip_path(const fs::path& path) {
  std::error_code failure;
  if (fs::exists(path, failure)) return std::nullopt;
  for (fs::path archive = path.parent_path(); !archive.empty() && archive != archive.parent_path();
       archive = archive.parent_path()) {
    if (fs::is_directory(archive, failure)) return std::nullopt;
    if (is_zip(archive)) return ZipPath{archive, path.lexically_relative(archive).generic_string()};
  }
  return std::nullopt;
}

struct ZipStream::Impl {
  explicit Impl(const ZipPath& path) : where(path.archive / path.member), file(path.archive, std::ios::binary) {
    if (!file) throw system_error("cannot open the file", {.where = path.archive.string()});
    const auto members = zip_members(path.archive);
    const auto found =
        std::find_if(members.begin(), members.end(), [&](const ZipMember& each) { return each.name == path.member; });
    if (found == members.end()) {
      throw Error(ErrorCode::kNotFound, ErrorSubject::kData, "no such member of the zip file",
                  {.where = where.string()});
    }
    member = *found;
    if ((member.flags & kEncrypted) != 0) {
      throw data_error("this member of the zip file is encrypted",
                       {.where = where.string(), .expected = "one without a password"});
    }
    if (member.method != kStored && member.method != kDeflated) {
      throw data_error("this member of the zip file is compressed in a way that p5 does not read",
                       {.where = where.string(), .expected = "deflate", .got = std::to_string(member.method)});
    }
    const std::string header = read_at(file, path.archive, member.header_at, kLocalSize);
    if (number_at<std::uint32_t>(header, 0) != kLocalHeader) throw damaged(where, "no header of the member");
    file.seekg(static_cast<std::streamoff>(number_at<std::uint16_t>(header, 26) + number_at<std::uint16_t>(header, 28)),
               std::ios::cur);
    left = member.compressed;
    if (member.method == kDeflated) {
      if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw system_error("cannot start zlib");
      input.resize(kZipBlock);
    }
  }
  ~Impl() {
    if (member.method == kDeflated && !input.empty()) ::inflateEnd(&stream);
  }

  std::size_t take(char* target, std::size_t capacity) {
    const auto wanted = static_cast<std::streamsize>(std::min<std::uint64_t>(capacity, left));
    if (wanted == 0) return 0;
    file.read(target, wanted);
    if (file.gcount() != wanted) throw damaged(where, "it ends early");
    left -= static_cast<std::uint64_t>(wanted);
    return static_cast<std::size_t>(wanted);
  }

  std::size_t inflate_some(char* target, std::size_t capacity) {
    stream.next_out = reinterpret_cast<Bytef*>(target);
    stream.avail_out = static_cast<uInt>(std::min<std::size_t>(capacity, 1U << 30));
    const uInt wanted = stream.avail_out;
    while (stream.avail_out == wanted && !finished) {
      if (stream.avail_in == 0) {
        stream.next_in = reinterpret_cast<Bytef*>(input.data());
        stream.avail_in = static_cast<uInt>(take(input.data(), input.size()));
        if (stream.avail_in == 0) throw damaged(where, "it ends early");
      }
      const int code = ::inflate(&stream, Z_NO_FLUSH);
      finished = code == Z_STREAM_END;
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
        throw damaged(where, stream.msg != nullptr ? stream.msg : "");
      }
    }
    return wanted - stream.avail_out;
  }

  fs::path where;
  std::ifstream file;
  ZipMember member;
  std::uint64_t left = 0;
  std::uint32_t crc = 0;
  bool finished = false;
  std::vector<char> input;
  z_stream stream{};
};

ZipStream::ZipStream(const ZipPath& path) : impl_(std::make_unique<Impl>(path)) {}
ZipStream::~ZipStream() = default;

std::size_t ZipStream::read(char* target, std::size_t capacity) {
  Impl& state = *impl_;
  const std::size_t got =
      state.member.method == kStored ? state.take(target, capacity) : state.inflate_some(target, capacity);
  state.crc =
      static_cast<std::uint32_t>(::crc32(state.crc, reinterpret_cast<const Bytef*>(target), static_cast<uInt>(got)));
  if (got == 0 && capacity > 0 && state.crc != state.member.crc32) throw damaged(state.where, "a wrong checksum");
  return got;
}

}  // namespace p5
