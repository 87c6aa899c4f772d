#include "recommend/saved_options.h"

namespace p5 {

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
  for (const std::string& setting : settings) asked.set_assignment(setting);
  change_options(stored, asked, {OptionScope::kAnswer});
}

}  // namespace p5
