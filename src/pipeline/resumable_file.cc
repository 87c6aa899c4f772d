#include "pipeline/resumable_file.h"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/json_field.h"
#include "p5/error.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kResumableVersion = 1;
constexpr std::uint64_t kStateLimit = 1 << 20;

fs::path with_ending(const fs::path& path, const char* ending) { return fs::path(path.string() + ending); }

}  // namespace

ResumableFile::ResumableFile(fs::path path, std::string request, Existing existing)
    : path_(std::move(path)),
      partial_(with_ending(path_, ".partial")),
      state_(with_ending(path_, ".partial.json")),
      request_(std::move(request)) {
  if (file_exists(path_) && (existing == Existing::kRefuse || !fs::is_regular_file(path_))) {
    throw usage_error("the output exists already",
                      {.where = path_.string(), .expected = "a new path, or --force to replace a file"});
  }
  const bool left = file_exists(partial_);
  lock_ = FileLock::acquire(partial_, FileLock::Open::kEither);
  if (!lock_) {
    throw usage_error("another program writes this file", {.where = partial_.string(), .expected = "another output"});
  }
  if (left && !read_state(existing)) done_ = bytes_ = 0;
  begin();
}

bool ResumableFile::read_state(Existing existing) {
  if (!file_exists(state_)) return false;  // it ended before its first checkpoint
  const auto state = read_json(state_, kStateLimit, ErrorSubject::kData);
  const JsonFields fields(state, state_.string(), ErrorSubject::kData);
  fields.require_version(kResumableVersion, "remove it to begin anew");
  if (fields.text("request") != request_) {
    if (existing == Existing::kReplace) return false;
    throw usage_error("an unfinished file holds the answers to another request",
                      {.where = partial_.string(),
                       .expected = request_ + " (or --force to begin anew)",
                       .got = fields.text("request")});
  }
  done_ = fields.number("done");
  bytes_ = fields.number("bytes", fs::file_size(partial_));
  return true;
}

void ResumableFile::begin() {
  std::error_code failure;
  fs::resize_file(partial_, bytes_, failure);
  out_.open(partial_, std::ios::binary | std::ios::app);
  if (failure || !out_) {
    throw system_error("cannot open the file", {.where = partial_.string(), .got = std::strerror(errno)});
  }
}

void ResumableFile::write(std::string_view bytes) {
  out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out_) throw system_error("cannot write the file", {.where = partial_.string(), .got = std::strerror(errno)});
  bytes_ += bytes.size();
}

void ResumableFile::checkpoint(std::uint64_t done) {
  out_.flush();
  if (!out_) throw system_error("cannot write the file", {.where = partial_.string(), .got = std::strerror(errno)});
  sync_file(partial_);
  done_ = done;
  const nlohmann::json state{{"version", kResumableVersion}, {"request", request_}, {"done", done_}, {"bytes", bytes_}};
  write_file_atomically(state_, pretty_json(state) + "\n");
}

void ResumableFile::commit(std::uint64_t done) {
  checkpoint(done);
  out_.close();
  std::error_code failure;
  fs::rename(partial_, path_, failure);
  if (failure) throw system_error("cannot name the file", {.where = path_.string(), .got = failure.message()});
  sync_folder(path_.has_parent_path() ? path_.parent_path() : fs::path("."));
  fs::remove(state_, failure);
}

}  // namespace p5
