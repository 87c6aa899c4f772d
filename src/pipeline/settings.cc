#include "pipeline/settings.h"

#include "pipeline/run_config.h"

namespace p5 {

Settings settings_of(const OptionTable& table) {
  Settings settings;
  for (const OptionRow& row : table.rows()) {
    if (row.origin != "default") settings.push_back({.key = row.key, .value = row.print(), .origin = row.origin});
  }
  return settings;
}

void set_options(const Settings& settings, OptionTable& table) {
  for (const Setting& setting : settings) table.set(setting.key, setting.value, setting.origin);
}

Settings read_run_settings(const std::string& toml_file) {
  RunConfig config;
  OptionTable table;
  config.bind(table);
  table.load_toml_file(toml_file);
  return settings_of(table);
}

void set_unless_asked(std::span<const std::pair<const char*, const char*>> rows, const OptionTable& overrides,
                      const std::string& origin, OptionTable& table) {
  for (const auto& [key, value] : rows) {
    const OptionRow* asked = overrides.find(key);
    if (asked == nullptr || asked->origin == "default") table.set(key, value, origin);
  }
}

std::string text_of_rows(const OptionTable& table, const std::function<bool(const OptionRow&)>& counts) {
  std::string text;
  for (const OptionRow& row : table.rows()) {
    if (counts(row)) text += row.key + " = " + row.print() + "\n";
  }
  return text;
}

}  // namespace p5
