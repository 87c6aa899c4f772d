// What the texts in ReaderOptions mean. Functions throw a usage error that names the option. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ingest/dataset_reader.h"
#include "records/delimited_source.h"
#include "records/field_parsing.h"
#include "records/text_encoding.h"

namespace p5 {

// nullopt means "auto" in all of these.
std::optional<char> separator_of(const ReaderOptions& options);
std::optional<QuoteMode> quotes_of(const ReaderOptions& options);
std::optional<TextEncoding> encoding_of(const ReaderOptions& options);
TimeUnit time_unit_of(const ReaderOptions& options);

// "comma", "tab" ... as in import.separator, for messages.
std::string separator_name(char separator);
// The separator that occurs most often in a line, if any.
std::optional<char> likely_separator(std::string_view line);

}  // namespace p5
