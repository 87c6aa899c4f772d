// Between option tables and the settings of the public interface. Thread-safe: free functions.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>

#include "base/option_table.h"
#include "p5/options.h"

namespace p5 {

// The rows that somebody set, with who it was.
Settings settings_of(const OptionTable& table);
// Sets them in their order. Throws as OptionTable::set().
void set_options(const Settings& settings, OptionTable& table);
// Sets rows, [(key, value)], on behalf of `origin`, except those that somebody set in `overrides`.
void set_unless_asked(std::span<const std::pair<const char*, const char*>> rows, const OptionTable& overrides,
                      const std::string& origin, OptionTable& table);

// "key = value" of the rows that count, a line each: equal settings have equal texts.
std::string text_of_rows(const OptionTable& table, const std::function<bool(const OptionRow&)>& counts);

}  // namespace p5
