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

void sync_path(const fs::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

fs::path parent_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

// The real path of the target: links followed, without "." and "..". It is what is renamed, and the temporary folder is
// next to it.
fs::path resolved(const fs::path& target) {
  std::error_code failure;
  const fs::path absolute = fs::absolute(target, failure);
  fs::path path = fs::weakly_canonical(absolute, failure);
  if (failure) path = absolute.lexically_normal();
  if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();
  if (!path.has_filename()) {
    throw usage_error("the output cannot be written there",
                      {.where = target.string(), .expected = "a folder of its own", .got = path.string()});
  }
  return path;
}

Error exists_already(const fs::path& target) {
  return usage_error("the output exists already", {.where = target.string(), .expected = "a new path, or --force"});
}

constexpr const char* kContent = "content";  // in the temporary folder: the future target
constexpr const char* kFormer = "former";    // and the target that was moved aside

}  // namespace

AtomicFileWriter::AtomicFileWriter(fs::path path) : path_(std::move(path)), temporary_(temporary_sibling(path_)) {
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
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

AtomicDirectory::AtomicDirectory(const fs::path& target, Existing existing)
    : target_(resolved(target)), existing_(existing) {
  std::error_code failure;
  if (existing == Existing::kRefuse && fs::exists(target_, failure)) throw exists_already(target);
  recover(target_);
  temporary_.emplace(target_);
  content_ = temporary_->path() / kContent;
  if (!fs::create_directory(content_, failure)) {
    throw system_error("cannot create the folder", {.where = content_.string(), .got = failure.message()});
  }
}

void AtomicDirectory::recover(const fs::path& target) {
  const fs::path path = resolved(target);
  MarkedFolder::remove_abandoned(path, [&path](const fs::path& abandoned) {
    std::error_code failure;
    if (fs::exists(path, failure) || !fs::exists(abandoned / kFormer, failure)) return;
    fs::rename(abandoned / kFormer, path, failure);
    if (failure) {
      throw system_error("cannot restore what a program moved aside before it died",
                         {.where = (abandoned / kFormer).string(), .got = failure.message()});
    }
  });
}

// For a new target, and for file systems that cannot exchange two names. There, the old folder is moved aside first,
// and moved back when the new one cannot take its place. Returns false and sets errno on failure. A rename never
// replaces a folder that is not empty.
bool AtomicDirectory::move_into_place() const {
  const fs::path former = temporary_->path() / kFormer;
  const bool had_target = existing_ == Existing::kReplace && ::rename(target_.c_str(), former.c_str()) == 0;
  if (existing_ == Existing::kReplace && !had_target && errno != ENOENT) return false;
  if (::rename(content_.c_str(), target_.c_str()) == 0) return true;
  const int reason = errno;
  if (had_target) ::rename(former.c_str(), target_.c_str());
  errno = reason;
  return false;
}

void AtomicDirectory::commit() {
  for (const auto& entry : fs::recursive_directory_iterator(content_)) {
    sync_path(entry.path(), entry.is_directory() ? O_RDONLY | O_DIRECTORY : O_RDONLY);
  }
  sync_path(content_, O_RDONLY | O_DIRECTORY);
  // In one step, so that readers, and a crash, see either the old folder or the new one.
  const bool exchanged = existing_ == Existing::kReplace &&
                         ::renameat2(AT_FDCWD, content_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0;
  if (!exchanged && !move_into_place()) {
    if (existing_ == Existing::kRefuse && (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR)) {
      throw exists_already(target_);
    }
    throw io_error("cannot move the finished folder into place", target_);
  }
  sync_path(parent_of(target_), O_RDONLY | O_DIRECTORY);
  temporary_.reset();  // also removes the old folder, if there was one
}

MappedFile::MappedFile(const fs::path& path) {
  // Without O_NONBLOCK, opening a pipe would wait for a writer.
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
