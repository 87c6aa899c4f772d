// Finds out how a table in text is written, from its beginning: separator, quotes and encoding. Thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "records/delimited_source.h"

namespace p5 {

// What somebody said; the rest is found.
struct TableWishes {
  std::optional<char> separator = {};
  std::optional<QuoteMode> quotes = {};
  std::optional<TextEncoding> encoding = {};
  char usual = ',';  // the separator where nothing tells
};

// `head` is the beginning of a file, and may be cut anywhere. A separator is one that gives the most lines as many
// fields as the first; blanks are one only where nothing else occurs. Quotes are read unless the separator is a tab;
// with tabs, only where every quoted field of the beginning is written as a csv writer does.
DelimitedOptions look_at_table(std::string_view head, const TableWishes& wishes);

// The first records of `head` as `options` read them, without a last one that may be cut; at most `count`.
std::vector<std::vector<std::string>> first_records(std::string_view head, const DelimitedOptions& options,
                                                    std::size_t count);

// Whether it looks like a table at all: at least two lines with the same number of fields, two or more.
bool looks_like_table(std::string_view head);

}  // namespace p5
