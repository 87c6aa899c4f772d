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

}  // namespace p5
