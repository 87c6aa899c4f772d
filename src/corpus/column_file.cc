#include "corpus/column_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "p5/error.h"

namespace p5 {
namespace {

Error write_error(const std::filesystem::path& path) {
  return system_error("cannot write", {.where = path.string(), .got = std::strerror(errno)});
}

}  // namespace

ColumnFile::ColumnFile(std::filesystem::path path) : path_(std::move(path)) {
  file_ = std::fopen(path_.c_str(), "wbe");
  if (file_ == nullptr) throw write_error(path_);
  std::setvbuf(file_, nullptr, _IONBF, 0);
}

ColumnFile::~ColumnFile() {
  if (file_ != nullptr) std::fclose(file_);
}

void ColumnFile::flush() {
  if (!buffer_.empty() && std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size()) {
    throw write_error(path_);
  }
  buffer_.clear();
}

void ColumnFile::close() {
  flush();
  if (std::fclose(std::exchange(file_, nullptr)) != 0) throw write_error(path_);
}

}  // namespace p5
