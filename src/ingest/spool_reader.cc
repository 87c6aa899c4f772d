#include "ingest/spool_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "p5/error.h"

namespace p5 {

SpoolReader::SpoolReader(const std::filesystem::path& path) : name_(path.string()) {
  descriptor_ = ::open(name_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) {
    throw system_error("cannot open", {.where = name_, .got = std::strerror(errno)});
  }
}

SpoolReader::~SpoolReader() { ::close(descriptor_); }

std::string_view SpoolReader::read(std::uint64_t at, std::size_t size) {
  if (buffer_.size() < size) buffer_.resize(size);
  for (std::size_t done = 0; done < size;) {
    const ssize_t got = ::pread(descriptor_, buffer_.data() + done, size - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      throw system_error("cannot read", {.where = name_, .got = got < 0 ? std::strerror(errno) : "end of file"});
    }
    done += static_cast<std::size_t>(got);
  }
  return std::string_view(buffer_).substr(0, size);
}

}  // namespace p5
