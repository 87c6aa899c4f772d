#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "p5/error.h"

namespace p5 {
namespace {

Error lock_error(std::string_view what, const std::filesystem::path& file) {
  return system_error(what, {.where = file.string(), .got = std::strerror(errno)});
}

int flags_of(FileLock::Open open) {
  constexpr int kShared = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  switch (open) {
    case FileLock::Open::kNew:
      return kShared | O_CREAT | O_EXCL;
    case FileLock::Open::kExisting:
      return kShared;
    case FileLock::Open::kEither:
      return kShared | O_CREAT;
  }
  return kShared;
}

bool lock(int descriptor, int operation) {
  int failed = ::flock(descriptor, operation);
  while (failed != 0 && errno == EINTR) failed = ::flock(descriptor, operation);
  return failed == 0;
}

}  // namespace

std::optional<FileLock> FileLock::acquire(const std::filesystem::path& file, Open open) {
  const int descriptor = ::open(file.c_str(), flags_of(open), 0644);
  if (descriptor < 0) {
    if (open == Open::kExisting) return std::nullopt;
    throw lock_error("cannot open the lock file", file);
  }
  FileLock made(file, descriptor, false);
  // Another program that inspects a new file holds its lock only for a moment, so this waits.
  made.held_ = lock(descriptor, open == Open::kNew ? LOCK_EX : LOCK_EX | LOCK_NB);
  if (!made.held_ && (errno == EWOULDBLOCK || open == Open::kExisting)) return std::nullopt;
  return made;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FileLock::FileLock(FileLock&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)), held_(other.held_) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(held_, other.held_);
  return *this;
}

std::string FileLock::read() const {
  std::array<char, 4096> bytes;
  const ssize_t got = ::pread(descriptor_, bytes.data(), bytes.size(), 0);
  return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
}

void FileLock::write(std::string_view content) const {
  if (::ftruncate(descriptor_, 0) != 0 ||
      ::pwrite(descriptor_, content.data(), content.size(), 0) != static_cast<ssize_t>(content.size())) {
    throw lock_error("cannot write the lock file", file_);
  }
}

}  // namespace p5
