#include "records/delimited_source.h"

#include <utility>

#include "records/field_parsing.h"

namespace p5 {

DelimitedSource::DelimitedSource(const std::filesystem::path& path, const DelimitedOptions& options, RecordSink& sink)
    : DelimitedSource(std::make_unique<LineSource>(path, sink), options) {}

DelimitedSource::DelimitedSource(std::unique_ptr<LineSource> lines, const DelimitedOptions& options)
    : lines_(std::move(lines)), options_(options) {}

bool DelimitedSource::next(std::vector<std::string_view>& fields) {
  std::string_view line;
  while (lines_->next(line)) {
    if (line.empty()) continue;
    first_line_ = lines_->line_number();
    if (!decode_line(line, options_.encoding, scratch_)) {
      bad("text: expected UTF-8 (or --encoding cp1252 or latin-1)", line);
      continue;
    }
    if (options_.quotes == QuoteMode::kNone || line.find('"') == std::string_view::npos) {
      split_fields(line, options_.separator, fields);
      return true;
    }
    if (const char* reason = read_quoted(line)) {
      const std::string lines = "lines " + std::to_string(first_line_) + " to " + std::to_string(lines_->line_number());
      bad(reason, first_line_ == lines_->line_number() ? std::string(line) : lines);
      continue;
    }
    fields.clear();
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      fields.push_back(std::string_view(unquoted_).substr(begin, end - begin));
      begin = end;
    }
    return true;
  }
  return false;
}

const char* DelimitedSource::read_quoted(std::string_view line) {
  unquoted_.clear();
  ends_.clear();
  state_ = State::kFieldStart;
  for (;;) {
    if (!scan(line)) return "quote: expected a separator after the closing quote";
    if (state_ != State::kQuoted) break;
    if (unquoted_.size() > kMaxRecord) return "quote: expected it to close within 16 MiB";
    if (!lines_->next(line)) return "quote: expected a closing quote before the end of the file";
    if (!decode_line(line, options_.encoding, scratch_))
      return "text: expected UTF-8 (or --encoding cp1252 or latin-1)";
    unquoted_.push_back('\n');
    ++joined_lines_;
  }
  ends_.push_back(unquoted_.size());
  return nullptr;
}

// Continues with one line from state_. False when a quoted field goes on after its closing quote and must not.
bool DelimitedSource::scan(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (state_ == State::kQuoted) {
      if (c != '"') {
        unquoted_.push_back(c);
      } else if (i + 1 < line.size() && line[i + 1] == '"') {
        unquoted_.push_back(line[++i]);
      } else {
        state_ = State::kBehindQuote;
      }
    } else if (c == options_.separator) {
      ends_.push_back(unquoted_.size());
      state_ = State::kFieldStart;
    } else if (c == '"' && state_ == State::kFieldStart) {
      state_ = State::kQuoted;
    } else if (state_ == State::kBehindQuote && options_.quotes == QuoteMode::kRfc4180) {
      return false;
    } else {
      unquoted_.push_back(c);
      state_ = State::kPlain;
    }
  }
  return true;
}

}  // namespace p5
