// Records of a table in text: fields between separators, optionally quoted. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "records/line_source.h"
#include "records/row_source.h"
#include "records/text_encoding.h"

namespace p5 {

enum class QuoteMode {
  kNone,     // a quote is an ordinary character
  kRfc4180,  // a field that begins with " ends with "; "" inside is one; line ends inside are kept
  kPandas,   // the same, and characters after the closing quote are kept as they are, as pandas.read_csv does
};

struct DelimitedOptions {
  char separator = ',';
  QuoteMode quotes = QuoteMode::kRfc4180;
  TextEncoding encoding = TextEncoding::kUtf8;
};

class DelimitedSource final : public RowSource {
 public:
  // A quoted field longer than this is taken for an unclosed quote; the record is reported as bad.
  static constexpr std::size_t kMaxRecord = LineSource::kMaxLine;

  DelimitedSource(const std::filesystem::path& path, const DelimitedOptions& options, RecordSink& sink);
  // The same for a source whose first line was already looked at.
  DelimitedSource(std::unique_ptr<LineSource> lines, const DelimitedOptions& options);

  // The fields of the next good record; false at the end. Empty lines are skipped; bad records (not UTF-8, quotes
  // that do not close) are reported and skipped. The views live until the next call.
  bool next(std::vector<std::string_view>& fields) override;
  std::uint64_t line_number() const override { return first_line_; }
  std::uint64_t joined_lines() const override { return joined_lines_; }
  const std::string& file() const override { return lines_->file(); }
  void bad(std::string_view reason, std::string_view got) override { lines_->bad_at(first_line_, reason, got); }

 private:
  enum class State { kFieldStart, kPlain, kQuoted, kBehindQuote };

  // Reads the record that begins with `line` into unquoted_ and ends_. nullptr, or what is wrong with it.
  const char* read_quoted(std::string_view line);
  bool scan(std::string_view line);

  std::unique_ptr<LineSource> lines_;
  DelimitedOptions options_;
  State state_ = State::kFieldStart;
  std::string unquoted_;           // the values of the record's fields, concatenated
  std::vector<std::size_t> ends_;  // where each of them ends
  std::string scratch_;
  std::uint64_t first_line_ = 0, joined_lines_ = 0;
};

}  // namespace p5
