#include "ingest/reader_choices.h"

#include <algorithm>
#include <utility>

#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::pair<std::string_view, char> kSeparators[] = {
    {"comma", ','}, {"tab", '\t'}, {"semicolon", ';'}, {"pipe", '|'}, {"blank", ' '}};

Error unknown(std::string_view option, std::string expected, const std::string& got) {
  return usage_error("bad value of '" + std::string(option) + "'",
                     {.expected = std::move(expected), .got = "'" + got + "'"});
}

}  // namespace

std::optional<char> separator_of(const ReaderOptions& options) {
  if (options.separator == "auto") return std::nullopt;
  for (const auto& [name, letter] : kSeparators) {
    if (options.separator == name) return letter;
  }
  const bool usable = options.separator.size() == 1 && options.separator != "\"" && options.separator != "\n";
  if (!usable)
    throw unknown("import.separator", "auto, comma, tab, semicolon, pipe, blank or one character", options.separator);
  return options.separator[0];
}

std::optional<QuoteMode> quotes_of(const ReaderOptions& options) {
  if (options.quote == "auto") return std::nullopt;
  if (options.quote == "none") return QuoteMode::kNone;
  if (options.quote == "rfc4180") return QuoteMode::kRfc4180;
  if (options.quote == "pandas") return QuoteMode::kPandas;
  throw unknown("import.quote", "auto, none, rfc4180 or pandas", options.quote);
}

std::optional<TextEncoding> encoding_of(const ReaderOptions& options) {
  if (options.encoding == "auto") return std::nullopt;
  if (options.encoding == "utf-8") return TextEncoding::kUtf8;
  if (options.encoding == "latin-1") return TextEncoding::kLatin1;
  if (options.encoding == "cp1252") return TextEncoding::kCp1252;
  throw unknown("import.encoding", "auto, utf-8, latin-1 or cp1252", options.encoding);
}

TimeUnit time_unit_of(const ReaderOptions& options) {
  if (options.time_unit == "auto") return TimeUnit::kAuto;
  if (options.time_unit == "s") return TimeUnit::kSeconds;
  if (options.time_unit == "ms") return TimeUnit::kMilliseconds;
  if (options.time_unit == "us") return TimeUnit::kMicroseconds;
  if (options.time_unit == "ns") return TimeUnit::kNanoseconds;
  if (options.time_unit == "iso") return TimeUnit::kIso;
  throw unknown("import.time_unit", "auto, s, ms, us, ns or iso", options.time_unit);
}

std::string separator_name(char separator) {
  for (const auto& [name, letter] : kSeparators) {
    if (letter == separator) return std::string(name);
  }
  return std::string(1, separator);
}

std::optional<char> likely_separator(std::string_view line) {
  std::optional<char> best;
  std::ptrdiff_t most = 0;
  for (const auto& [name, letter] : kSeparators) {
    if (letter == ' ') continue;
    const auto count = std::count(line.begin(), line.end(), letter);
    if (count > most) {
      most = count;
      best = letter;
    }
  }
  return best;
}

}  // namespace p5
