#include "records/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::size_t kCompressedBlock = std::size_t{1} << 18;

struct Descriptor {
  int value = -1;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

}  // namespace

bool is_standard_input(const std::filesystem::path& path) { return path == "-"; }

std::string input_name(const std::filesystem::path& path) {
  return is_standard_input(path) ? "standard input" : path.string();
}

// A descriptor with the first bytes already looked at.
class ByteSource::File {
 public:
  File(const std::filesystem::path& path, std::function<void()> while_waiting)
      : name_(input_name(path)), while_waiting_(std::move(while_waiting)) {
    // Without O_NONBLOCK, opening a pipe would wait for its writer.
    descriptor_.value = is_standard_input(path) ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                                : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_.value < 0 && errno == ENOENT) {
      throw Error(ErrorCode::kNotFound, ErrorSubject::kData, "no such file", {.where = name_});
    }
    if (descriptor_.value < 0) throw failure("cannot open the file");
    struct stat status {};
    if (::fstat(descriptor_.value, &status) == 0 && S_ISDIR(status.st_mode)) {
      throw data_error("this is a folder", {.where = name_, .expected = "a file"});
    }
    waits_ = !S_ISREG(status.st_mode);
    while (peeked_ < sizeof peek_) {
      const std::size_t got = read_descriptor(peek_ + peeked_, sizeof peek_ - peeked_);
      if (got == 0) break;
      peeked_ += got;
    }
  }

  bool is_gzip() const { return peeked().starts_with("\x1f\x8b"); }
  std::string_view peeked() const { return {peek_, peeked_}; }
  const std::string& name() const { return name_; }

  std::size_t read(char* target, std::size_t capacity) {
    if (taken_ == peeked_) return read_descriptor(target, capacity);
    const std::size_t count = std::min(capacity, peeked_ - taken_);
    std::memcpy(target, peek_ + taken_, count);
    taken_ += count;
    return count;
  }

 private:
  Error failure(const char* what) const { return system_error(what, {.where = name_, .got = std::strerror(errno)}); }

  // A pipe may stay silent without limit; a request to stop is noticed within kMoment.
  void wait_for_data() const {
    constexpr int kMoment = 200;  // milliseconds
    pollfd wanted{.fd = descriptor_.value, .events = POLLIN, .revents = 0};
    while (::poll(&wanted, 1, kMoment) <= 0) {
      if (while_waiting_) while_waiting_();
    }
  }

  std::size_t read_descriptor(char* target, std::size_t capacity) {
    for (;;) {
      if (waits_) wait_for_data();
      const ssize_t got = ::read(descriptor_.value, target, capacity);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR && errno != EAGAIN) throw failure("cannot read the file");
    }
  }

  std::string name_;
  bool waits_ = true;  // anything except a regular file may have no data yet
  std::function<void()> while_waiting_;
  Descriptor descriptor_;
  char peek_[8] = {};
  std::size_t peeked_ = 0, taken_ = 0;
};

// gzip, RFC 1952: one or more members one after another, zero padding allowed after the last.
class ByteSource::Inflater {
 public:
  explicit Inflater(File& file) : file_(file), input_(kCompressedBlock) {
    if (::inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) throw system_error("cannot start zlib");
  }
  ~Inflater() { ::inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  std::size_t read(char* target, std::size_t capacity) {
    stream_.next_out = reinterpret_cast<Bytef*>(target);
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(capacity, 1U << 30));
    const uInt wanted = stream_.avail_out;
    while (stream_.avail_out == wanted && !finished_) step();
    return wanted - stream_.avail_out;
  }

 private:
  bool refill() {
    if (stream_.avail_in > 0) return true;
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(file_.read(input_.data(), input_.size()));
    return stream_.avail_in > 0;
  }

  void step() {
    if (between_members_) {
      start_member();
      return;
    }
    if (!refill()) {
      throw data_error("the gzip stream ends early; the file was cut off",
                       {.where = file_.name(), .expected = "a whole gzip file"});
    }
    const int code = ::inflate(&stream_, Z_NO_FLUSH);
    between_members_ = code == Z_STREAM_END;
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      throw data_error("the gzip stream is damaged",
                       {.where = file_.name(), .got = stream_.msg != nullptr ? stream_.msg : ""});
    }
  }

  void start_member() {
    while (refill() && *stream_.next_in == 0) {
      ++stream_.next_in;
      --stream_.avail_in;
    }
    finished_ = stream_.avail_in == 0;
    between_members_ = false;
    if (!finished_) ::inflateReset(&stream_);  // anything except another member fails on its header
  }

  File& file_;
  std::vector<char> input_;
  z_stream stream_{};
  bool between_members_ = false, finished_ = false;
};

std::string advice_on(std::string_view first_bytes) {
  struct Magic {
    std::string_view bytes, what, advice;
  };
  static constexpr Magic kMagics[] = {
      {"\x28\xb5\x2f\xfd", "compressed with zstandard", "zstdcat FILE | p5 import - --format csv"},
      {"\xfd"
       "7zXZ",
       "compressed with xz", "xzcat FILE | p5 import - --format csv"},
      {"BZh", "compressed with bzip2", "bzcat FILE | p5 import - --format csv"},
      {"\x04\x22\x4d\x18", "compressed with lz4", "lz4cat FILE | p5 import - --format csv"},
      {"7z\xbc\xaf", "a 7z archive", "the files in it"},
      {"Rar!", "a rar archive", "the files in it"},
      {"PAR1", "a Parquet file",
       "csv: pandas.read_parquet(FILE).to_csv(NAME, index=False), or p5.Corpus.from_parquet(FILE) in Python"},
      {"ARROW1", "an Arrow file", "csv: pandas.read_feather(FILE).to_csv(NAME, index=False)"},
      {"ORC", "an ORC file", "csv: pandas.read_orc(FILE).to_csv(NAME, index=False)"},
      {"\x89HDF", "an HDF5 file", "csv"},
      {"SQLite f", "an SQLite database", "csv: sqlite3 -csv -header FILE \"select * from TABLE\""},
      {"\xd0\xcf\x11\xe0", "an old Excel workbook", "csv: save the sheet as CSV UTF-8"},
      {"\x80\x04\x95", "a Python pickle", "csv: DataFrame.to_csv"}};
  for (const Magic& magic : kMagics) {
    if (first_bytes.starts_with(magic.bytes)) {
      return std::string("the file is ").append(magic.what).append("\n").append(magic.advice);
    }
  }
  return {};
}

ByteSource::ByteSource(const std::filesystem::path& path, std::function<void()> while_waiting) {
  if (!is_standard_input(path)) {
    if (const auto member = split_zip_path(path)) {
      member_ = std::make_unique<ZipStream>(*member);
      return;
    }
    if (is_zip(path)) {
      const auto members = zip_members(path);
      if (members.size() != 1) {
        throw data_error("this zip file has several members", {.where = path.string(), .expected = "one"});
      }
      member_ = std::make_unique<ZipStream>(ZipPath{path, members.front().name});
      return;
    }
  }
  file_ = std::make_unique<File>(path, std::move(while_waiting));
  if (const std::string advice = advice_on(file_->peeked()); !advice.empty()) {
    const std::size_t line = advice.find('\n');
    throw data_error(advice.substr(0, line), {.where = file_->name(), .expected = advice.substr(line + 1)});
  }
  if (file_->is_gzip()) inflater_ = std::make_unique<Inflater>(*file_);
}

ByteSource::~ByteSource() = default;

std::size_t ByteSource::read(char* target, std::size_t capacity) {
  if (member_) return member_->read(target, capacity);
  return inflater_ ? inflater_->read(target, capacity) : file_->read(target, capacity);
}

}  // namespace p5
