#include "search/search_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <utility>

#include "base/file.h"
#include "base/toml_text.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::array<std::string_view, 4> kFields{"low", "high", "log", "choices"};

Error space_error(std::string_view what, const std::string& where, const toml::node& node, const std::string& key,
                  const std::string& expected, const std::string& got = {}) {
  return usage_error(what, {.where = fmt::format("{}, line {}, {}", where, node.source().begin.line, key),
                            .expected = expected,
                            .got = got});
}

std::string toml_text(const toml::node& node) {
  std::ostringstream text;
  node.visit([&text](const auto& value) { text << value; });
  return text.str();
}

bool describes_values(const toml::table& table) {
  return std::any_of(kFields.begin(), kFields.end(), [&](std::string_view field) {
    const toml::node* node = table.get(field);
    return node != nullptr && !node->is_table();
  });
}

double number_of(const toml::table& table, const char* field, const std::string& where, const std::string& key) {
  const toml::node* node = table.get(field);
  const auto number = node == nullptr ? std::nullopt : node->value<double>();
  if (!number || node->is_boolean() || !std::isfinite(*number)) {
    throw space_error("a setting lacks an end", where, table, key, fmt::format("a number '{}', or 'choices'", field));
  }
  return *number;
}

SearchSetting setting_of(const toml::table& table, const std::string& where, const std::string& key) {
  for (const auto& [field, node] : table) {
    if (std::find(kFields.begin(), kFields.end(), field.str()) == kFields.end()) {
      throw space_error("unknown field of a setting", where, node, key, "low and high, log, or choices",
                        std::string(field.str()));
    }
  }
  SearchSetting setting{.key = key};
  if (const toml::array* choices = table["choices"].as_array()) {
    setting.kind = SearchSetting::Kind::kChoice;
    for (const toml::node& choice : *choices) setting.choices.push_back(toml_text(choice));
    if (setting.choices.size() < 2 || table.size() > 1) {
      throw space_error("bad choices", where, table, key, "two or more choices, and no other field");
    }
    return setting;
  }
  setting.low = number_of(table, "low", where, key);
  setting.high = number_of(table, "high", where, key);
  setting.log = table["log"].value_or(false);
  const bool whole = table.get("low")->is_integer() && table.get("high")->is_integer();
  setting.kind = whole ? SearchSetting::Kind::kInteger : SearchSetting::Kind::kReal;
  if (!(setting.low < setting.high) || (setting.log && setting.low <= 0)) {
    throw space_error("bad ends of a setting", where, table, key,
                      setting.log ? "0 < low < high for log = true" : "low < high",
                      fmt::format("{} and {}", setting.low, setting.high));
  }
  return setting;
}

void collect(const toml::table& table, const std::string& where, const std::string& prefix,
             std::vector<SearchSetting>& settings) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    const toml::table* inner = node.as_table();
    if (inner == nullptr) {
      throw space_error("cannot read a setting", where, node, key, "a table such as { low = 0.1, high = 0.9 }",
                        toml_text(node));
    }
    if (describes_values(*inner)) {
      settings.push_back(setting_of(*inner, where, key));
    } else {
      collect(*inner, where, key + ".", settings);
    }
  }
}

}  // namespace

std::string SearchSetting::value_at(double coordinate) const {
  const double at = std::clamp(coordinate, 0.0, std::nextafter(1.0, 0.0));
  if (kind == Kind::kChoice) return choices[static_cast<std::size_t>(at * static_cast<double>(choices.size()))];
  if (kind == Kind::kInteger) {
    // Each integer has the cell from half below it to half above.
    const double from = low - 0.5, to = high + 0.5;
    const double value = log ? from * std::pow(to / from, at) : from + at * (to - from);
    return fmt::format("{}", static_cast<std::int64_t>(std::clamp(std::round(value), low, high)));
  }
  const double value = log ? low * std::pow(high / low, at) : low + at * (high - low);
  const std::string text = fmt::format("{:.6g}", value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

SearchSpace SearchSpace::load(const std::filesystem::path& file) { return parse(read_file(file), file.string()); }

SearchSpace SearchSpace::parse(std::string_view text, const std::string& where) {
  std::vector<SearchSetting> settings;
  collect(parse_toml(text, where, ErrorSubject::kRequest), where, "", settings);
  if (settings.empty()) {
    throw usage_error("the space has no setting",
                      {.where = where, .expected = "settings such as knn.recency = { low = 0.3, high = 0.95 }"});
  }
  return SearchSpace(std::move(settings));
}

SearchPoint SearchSpace::random_point(Rng& rng) const {
  SearchPoint point(size());
  for (double& coordinate : point) coordinate = rng.uniform();
  return point;
}

std::string SearchSpace::describe() const {
  std::string text;
  for (const SearchSetting& setting : settings_) {
    if (setting.kind == SearchSetting::Kind::kChoice) {
      text += fmt::format("{}: {}\n", setting.key, fmt::join(setting.choices, " | "));
    } else {
      text += fmt::format("{}: {} to {}{}{}\n", setting.key, setting.low, setting.high,
                          setting.kind == SearchSetting::Kind::kInteger ? ", whole" : "",
                          setting.log ? ", in the logarithm" : "");
    }
  }
  return text;
}

}  // namespace p5
