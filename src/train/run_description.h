// What is known of a run before its first step, for those who watch it: settings, and examples of what the model reads
// and has to answer. A plain value.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace p5 {

using SettingValue = std::variant<bool, double, std::string>;

struct RunDescription {
  std::vector<std::pair<std::string, SettingValue>> settings;  // "train.lr", 0.001
  std::vector<std::pair<std::string, std::string>> examples;   // task family, Markdown
};

}  // namespace p5
