#include "base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/abandoned_files.h"
#include "p5/error.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

Error io_error(std::string_view what, const fs::path& path) {
  return system_error(what, {.where = path.string(), .got = std::strerror(errno)});
}

void sync_and_close(int descriptor, const fs::path& path, bool is_folder) {
  const bool synced = ::fsync(descriptor) == 0 || (is_folder && (errno == EINVAL || errno == ENOTSUP));
  const int reason = errno;
  ::close(descriptor);
  errno = reason;
  if (!synced) throw io_error("cannot sync", path);
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

AtomicFileWriter::AtomicFileWriter(fs::path path) : path_(std::move(path)) {
  remove_abandoned_files(path_);
  create();
  buffer_.reserve(1 << 20);
}

// The lock says that the program still runs. Another one may have removed the file before it was locked.
void AtomicFileWriter::create() {
  for (;;) {
    temporary_ = temporary_sibling(path_);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (descriptor_ < 0) throw io_error("cannot create the file", temporary_);
    while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
    }
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || status.st_nlink > 0) return;
    ::close(std::exchange(descriptor_, -1));
  }
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
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const Error error = io_error("cannot move the finished file into place", path_);
    ::unlink(temporary_.c_str());
    ::close(std::exchange(descriptor_, -1));
    throw error;
  }
  ::close(std::exchange(descriptor_, -1));  // not before: the lock protects the temporary name
  sync_folder(parent_of(path_));
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
    if (entry.is_directory()) {
      sync_folder(entry.path());
    } else {
      sync_file(entry.path());
    }
  }
  sync_folder(content_);
  // In one step, so that readers, and a crash, see either the old folder or the new one.
  const bool exchanged = existing_ == Existing::kReplace &&
                         ::renameat2(AT_FDCWD, content_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0;
  if (!exchanged && !move_into_place()) {
    if (existing_ == Existing::kRefuse && (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR)) {
      throw exists_already(target_);
    }
    throw io_error("cannot move the finished folder into place", target_);
  }
  sync_folder(parent_of(target_));
  temporary_.reset();  // also removes the old folder, if there was one
}

bool file_exists(const fs::path& path) {
  std::error_code failure;
  const bool found = fs::exists(path, failure);
  if (failure == std::errc::filename_too_long) return false;  // nothing can have that name
  if (failure) throw system_error("cannot look for the file", {.where = path.string(), .got = failure.message()});
  return found;
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

void sync_file(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) throw io_error("cannot open the file to sync it", file);
  sync_and_close(descriptor, file, false);
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0 && errno == EACCES) return;  // files may be made there, but the folder cannot be opened
  if (descriptor < 0) throw io_error("cannot open the folder to sync it", folder);
  sync_and_close(descriptor, folder, true);
}

}  // namespace p5
