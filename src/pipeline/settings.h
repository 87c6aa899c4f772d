// Between option tables and the settings of the public interface. Thread-safe: free functions.
#pragma once

#include "base/option_table.h"
#include "p5/options.h"

namespace p5 {

// The rows that somebody set, with who it was.
Settings settings_of(const OptionTable& table);
// Sets them in their order. Throws as OptionTable::set().
void set_options(const Settings& settings, OptionTable& table);

}  // namespace p5
