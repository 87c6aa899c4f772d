#include "records/line_source.h"

#include <algorithm>
#include <cstring>

#include "p5/error.h"
#include "records/text_encoding.h"

namespace p5 {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18;  // stays in the second-level cache
constexpr std::size_t kHead = std::size_t{1} << 16;

}  // namespace

LineSource::LineSource(const std::filesystem::path& path, RecordSink& sink)
    : file_(input_name(path)),
      bytes_(path, [&sink] { sink.progress(0, 0); }),
      sink_(&sink),
      buffer_(kBlock + kPadding) {
  sink.begin_file(file_);
}

LineSource::~LineSource() = default;

bool LineSource::next(std::string_view& line) {
  if (line_end_ == 0) find_line_end();
  std::size_t searched = 0;  // bytes of the current line known to hold no end of line
  for (;;) {
    const char* from = buffer_.data() + begin_ + searched;
    const void* found = begin_ + searched < end_ ? std::memchr(from, line_end_, end_ - begin_ - searched) : nullptr;
    if (found != nullptr || (at_end_ && begin_ < end_)) {
      const std::size_t stop = found != nullptr ? static_cast<const char*>(found) - buffer_.data() : end_;
      line = std::string_view(buffer_.data() + begin_, stop - begin_);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      begin_ = found != nullptr ? stop + 1 : stop;
      ++line_number_;
      if (line.size() <= kMaxLine) return true;
      report_long_line(line.size());
      searched = 0;
      continue;
    }
    if (at_end_) {
      report_progress();
      return false;
    }
    searched = end_ - begin_;
    if (searched > kMaxLine) {
      searched = 0;
      if (!skip_long_line()) continue;
    }
    refill();
  }
}

std::string_view LineSource::head() {
  while (!at_end_ && end_ - begin_ < kHead) refill();
  return {buffer_.data() + begin_, end_ - begin_};
}

std::string_view LineSource::first_line() {
  for (;;) {
    const std::string_view seen(buffer_.data() + begin_, end_ - begin_);
    const std::size_t start = std::min(seen.find_first_not_of(" \t\r\n"), seen.size());
    const std::size_t stop = seen.find_first_of("\r\n", start);
    if (stop != std::string_view::npos || at_end_ || seen.size() >= kBlock) return seen.substr(start, stop - start);
    refill();
  }
}

// Excel for the Mac ended lines with \r alone.
void LineSource::find_line_end() {
  const std::string_view seen = head();
  const bool old_mac = seen.find('\n') == std::string_view::npos && seen.find('\r') != std::string_view::npos;
  line_end_ = old_mac ? '\r' : '\n';
}

// Moves the unfinished line to the front, grows the buffer if the line fills it, and reads more after it.
void LineSource::refill() {
  report_progress();
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ + kPadding >= buffer_.size()) buffer_.resize(2 * (buffer_.size() - kPadding) + kPadding);
  do {
    const std::size_t got = bytes_.read(buffer_.data() + end_, buffer_.size() - kPadding - end_);
    end_ += got;
    unreported_bytes_ += got;
    at_end_ = got == 0;
  } while (!at_end_ && !started_ && end_ < 3);  // a mark must be seen whole
  if (!started_) skip_mark();
}

void LineSource::skip_mark() {
  started_ = true;
  const std::string_view head(buffer_.data(), end_);
  if (head.starts_with("\xef\xbb\xbf")) begin_ = 3;
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff")) {
    throw data_error("the file is UTF-16", {.where = file_, .expected = "UTF-8 (convert it with iconv)"});
  }
}

// Drops bytes up to the end of the line and reports the line. True when the buffer is empty and must be refilled.
bool LineSource::skip_long_line() {
  ++line_number_;
  std::uint64_t length = end_ - begin_;
  for (;;) {
    begin_ = end_ = 0;
    refill();
    const void* found = std::memchr(buffer_.data(), line_end_, end_);
    begin_ = found != nullptr ? static_cast<const char*>(found) - buffer_.data() + 1 : end_;
    length += begin_;
    if (found == nullptr && !at_end_) continue;
    report_long_line(length - (found != nullptr ? 1 : 0));
    return begin_ == end_ && !at_end_;
  }
}

void LineSource::report_long_line(std::uint64_t length) {
  bad("line: expected at most " + std::to_string(kMaxLine) + " bytes", std::to_string(length) + " bytes");
}

void LineSource::report_progress() {
  if (unreported_bytes_ == 0 && reported_lines_ == line_number_) return;
  sink_->progress(unreported_bytes_, line_number_ - reported_lines_);
  unreported_bytes_ = 0;
  reported_lines_ = line_number_;
}

void LineSource::bad_at(std::uint64_t line, std::string_view reason, std::string_view got) {
  sink_->bad_line(file_, line, reason, printable(got));
}

}  // namespace p5
