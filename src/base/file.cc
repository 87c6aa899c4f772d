#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "p5/error.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

Error io_error(std::string_view what, const fs::path& path) {
  return system_error(what, {.where = path.string(), .got = std::strerror(errno)});
}

std::string temporary_suffix() { return ".tmp-" + std::to_string(::getpid()); }

void sync_path(const fs::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

// For a new target, and for file systems that cannot exchange: there, the old folder steps aside first and comes back
// when the new one cannot take its place. False with errno set on failure.
bool move_into_place(const fs::path& temporary, const fs::path& target) {
  const fs::path aside = target.string() + ".old-" + std::to_string(::getpid());
  const bool had_target = ::rename(target.c_str(), aside.c_str()) == 0;
  if (!had_target && errno != ENOENT) return false;
  if (::rename(temporary.c_str(), target.c_str()) != 0) {
    const int reason = errno;
    if (had_target) ::rename(aside.c_str(), target.c_str());
    errno = reason;
    return false;
  }
  std::error_code ignored;
  if (had_target) fs::remove_all(aside, ignored);
  return true;
}

fs::path parent_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

}  // namespace

AtomicFileWriter::AtomicFileWriter(fs::path path)
    : path_(std::move(path)), temporary_(path_.string() + temporary_suffix()) {
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw io_error("cannot create the file", temporary_);
  buffer_.reserve(1 << 20);
}

AtomicFileWriter::~AtomicFileWriter() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFileWriter::write(std::string_view bytes) {
  size_ += bytes.size();
  buffer_.append(bytes);
  if (buffer_.size() >= (1 << 20)) flush();
}

void AtomicFileWriter::write(std::span<const std::byte> bytes) {
  write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void AtomicFileWriter::flush() {
  const char* data = buffer_.data();
  std::size_t left = buffer_.size();
  while (left > 0) {
    const ssize_t written = ::write(descriptor_, data, left);
    if (written < 0) {
      if (errno == EINTR) continue;
      throw io_error("cannot write", temporary_);
    }
    data += written;
    left -= static_cast<std::size_t>(written);
  }
  buffer_.clear();
}

void AtomicFileWriter::commit() {
  flush();
  if (::fsync(descriptor_) != 0) throw io_error("cannot sync", temporary_);
  const int descriptor = std::exchange(descriptor_, -1);
  if (::close(descriptor) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const Error error = io_error("cannot move the finished file into place", path_);
    ::unlink(temporary_.c_str());
    throw error;
  }
  sync_path(parent_of(path_), O_RDONLY | O_DIRECTORY);
}

AtomicDirectory::AtomicDirectory(fs::path target, Existing existing) : target_(std::move(target)) {
  while (!target_.has_filename() && target_.has_parent_path()) target_ = target_.parent_path();
  temporary_ = target_.string() + temporary_suffix();
  std::error_code failure;
  if (existing == Existing::kRefuse && fs::exists(target_, failure)) {
    throw usage_error("the output exists already", {.where = target_.string(), .expected = "a new path, or --force"});
  }
  fs::remove_all(temporary_, failure);
  if (!fs::create_directories(temporary_, failure)) {
    throw system_error("cannot create the folder", {.where = temporary_.string(), .got = failure.message()});
  }
}

AtomicDirectory::~AtomicDirectory() {
  if (committed_) return;
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

void AtomicDirectory::commit() {
  for (const auto& entry : fs::recursive_directory_iterator(temporary_)) {
    sync_path(entry.path(), entry.is_directory() ? O_RDONLY | O_DIRECTORY : O_RDONLY);
  }
  sync_path(temporary_, O_RDONLY | O_DIRECTORY);
  // One step, so that a reader or a crash sees the old folder or the new one and never none.
  const bool replaced = ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0;
  if (!replaced && !move_into_place(temporary_, target_)) {
    throw io_error("cannot move the finished folder into place", target_);
  }
  committed_ = true;
  sync_path(parent_of(target_), O_RDONLY | O_DIRECTORY);
  std::error_code ignored;
  if (replaced) fs::remove_all(temporary_, ignored);  // it holds the old folder now
}

MappedFile::MappedFile(const fs::path& path) {
  // Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    if (errno == ENOENT)
      throw Error(ErrorCode::kNotFound, ErrorSubject::kData, "no such file", {.where = path.string()});
    throw io_error("cannot open", path);
  }
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    throw data_error("not a regular file", {.where = path.string()});
  }
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ > 0) {
    void* address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (address == MAP_FAILED) {
      ::close(descriptor);
      throw io_error("cannot map", path);
    }
    data_ = static_cast<const std::byte*>(address);
  }
  ::close(descriptor);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

std::string read_file(const fs::path& path, std::uint64_t limit) {
  const MappedFile file(path);
  if (file.bytes().size() > limit) {
    throw data_error("file is too large", {.where = path.string(),
                                           .expected = "at most " + std::to_string(limit) + " bytes",
                                           .got = std::to_string(file.bytes().size())});
  }
  return std::string(file.text());
}

void write_file_atomically(const fs::path& path, std::string_view content) {
  AtomicFileWriter writer(path);
  writer.write(content);
  writer.commit();
}

}  // namespace p5
