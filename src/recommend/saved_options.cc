#include "recommend/saved_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "p5/error.h"

namespace p5 {
namespace {

// Options of training, reports and machines are not saved with a model, but they exist: this is no misspelling.
void refuse_foreign_section(const OptionTable& table, const std::string& setting) {
  const std::string key = setting.substr(0, std::min(setting.find('='), setting.find(' ')));
  const std::string section = key.substr(0, key.find('.') + 1);
  std::set<std::string> answering;
  for (const OptionRow& row : table.rows()) {
    if (row.key.starts_with(section)) return;  // also a key without a section
    if (row.scope == OptionScope::kAnswer) answering.insert(row.key.substr(0, row.key.find('.')) + ".*");
  }
  throw usage_error(
      "'" + key + "' cannot change after training",
      {.where = "--set " + setting, .expected = fmt::format("a key of {}", fmt::join(answering, " or "))});
}

}  // namespace

void SavedOptions::bind(OptionTable& table) {
  split.bind(table);
  task.bind(table);
  decode.bind(table);
  answer.bind(table);
  explain.bind(table);
  sources.bind(table);
  rerank.bind(table);
}

void SavedOptions::change(const std::vector<std::string>& settings) {
  SavedOptions wanted = *this;
  OptionTable stored, asked;
  bind(stored);
  wanted.bind(asked);
  for (const std::string& setting : settings) {
    refuse_foreign_section(asked, setting);
    asked.set_assignment(setting);
  }
  change_options(stored, asked, {OptionScope::kAnswer});
}

}  // namespace p5
