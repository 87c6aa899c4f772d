#include "base/did_you_mean.h"

#include "base/option_table.h"

namespace p5 {

std::string did_you_mean(std::string_view word, const std::vector<std::string>& names) {
  const auto nearest = nearest_name(word, names);
  return nearest ? did_you_mean({*nearest}) : std::string();
}

std::string one_of(std::string_view word, const std::vector<std::string>& names) {
  if (std::string hint = did_you_mean(word, names); !hint.empty()) return hint;
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? text : "; expected one of " + text;
}

std::string did_you_mean(const std::vector<std::string>& likely) {
  std::string text;
  for (std::size_t i = 0; i < likely.size(); ++i) {
    text += i == 0 ? "" : i + 1 == likely.size() ? " or " : ", ";
    text += "'" + likely[i] + "'";
  }
  return text.empty() ? text : "; did you mean " + text + "?";
}

}  // namespace p5
