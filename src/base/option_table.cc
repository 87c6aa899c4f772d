#include "base/option_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/did_you_mean.h"
#include "base/file.h"
#include "base/option_help.h"
#include "base/text_layout.h"
#include "base/toml_text.h"
#include "p5/error.h"

extern char** environ;

namespace p5 {
namespace {

// A TOML basic string. JSON escapes are a subset of TOML's.
std::string toml_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

constexpr const char* kNone = "none";
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string print_real(double value) {
  if (value == -kInfinity) return toml_text(kNone);
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".einf") == std::string::npos) text += ".0";
  return text;
}

std::string print_list(const std::vector<std::string>& values) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : ", ") + toml_text(values[i]);
  return text + "]";
}

// A list with a range is one of whole numbers: `[1, 5]` in files, while its field holds their digits.
bool is_list_of_numbers(OptionType type, const OptionInfo& info) {
  return type == OptionType::kTextList && std::isfinite(info.minimum);
}

std::string_view name_of(OptionType type) {
  switch (type) {
    case OptionType::kBoolean:
      return "true or false";
    case OptionType::kInteger:
      return "a whole number";
    case OptionType::kReal:
      return "a number";
    case OptionType::kText:
      return "text";
    case OptionType::kTextList:
      return "a list of texts";
  }
  return "";
}

std::string type_of(const OptionRow& row) {
  return is_list_of_numbers(row.type, row.info) ? "a list of whole numbers" : std::string(name_of(row.type));
}

std::string range_of(const OptionInfo& info) {
  const bool low = std::isfinite(info.minimum), high = std::isfinite(info.maximum);
  if (low && high) return fmt::format("{} to {}", info.minimum, info.maximum);
  if (low) return fmt::format("{} or more", info.minimum);
  return high ? fmt::format("{} or less", info.maximum) : std::string();
}

std::string shown(const toml::node& node) {
  std::ostringstream out;
  node.visit([&out](const auto& value) { out << value; });
  return out.str();
}

Error bad_value(const OptionRow& row, const std::string& where, std::string expected, std::string got) {
  return usage_error("bad value of '" + row.key + "'",
                     {.where = where, .expected = std::move(expected), .got = std::move(got)});
}

void check_range(const OptionRow& row, double value, const std::string& where) {
  if (!(value >= row.info.minimum && value <= row.info.maximum)) {
    throw bad_value(row, where, range_of(row.info), fmt::format("{}", value));
  }
}

void check_choice(const OptionRow& row, const std::string& value, const std::string& where) {
  const auto& choices = row.info.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
    throw bad_value(row, where, fmt::format("one of {}", fmt::join(choices, ", ")), "'" + value + "'");
  }
}

void assign_text(OptionRow& row, const std::string& value, const std::string& where) {
  check_choice(row, value, where);
  row.set_text(value);
}

void check_number(const OptionRow& row, const std::string& value, const std::string& where) {
  std::int64_t number = 0;
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != value.data() + value.size()) {
    throw bad_value(row, where, type_of(row), "'" + value + "'");
  }
  check_range(row, static_cast<double>(number), where);
}

void assign_texts(OptionRow& row, std::vector<std::string> values, const std::string& where) {
  for (const std::string& value : values) {
    check_choice(row, value, where);
    if (is_list_of_numbers(row.type, row.info)) check_number(row, value, where);
  }
  row.set_list(std::move(values));
}

void assign_list(OptionRow& row, const toml::array& array, const std::string& where) {
  std::vector<std::string> values;
  for (const auto& element : array) {
    const bool fits = is_list_of_numbers(row.type, row.info) ? element.is_integer() : element.is_string();
    if (!fits) throw bad_value(row, where, type_of(row), shown(element));
    values.push_back(element.is_integer() ? std::to_string(*element.value<std::int64_t>())
                                          : *element.value<std::string>());
  }
  assign_texts(row, std::move(values), where);
}

// A whole number, also one written as 1e3 or 1000.0.
std::optional<std::int64_t> integer_of(const toml::node& node) {
  if (node.is_integer()) return *node.value<std::int64_t>();
  if (!node.is_floating_point()) return std::nullopt;
  const double value = *node.value<double>();
  constexpr double kExact = 9007199254740992;  // up to here doubles hold every whole number
  if (std::trunc(value) != value || std::abs(value) > kExact) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

// A limit that may be missing, written "none": minus infinity, of an option whose default it is.
bool may_be_none(const OptionRow& row) { return row.type == OptionType::kReal && row.default_text == toml_text(kNone); }

std::string wanted(const OptionRow& row) { return type_of(row) + (may_be_none(row) ? " or none" : ""); }

// Also for whole numbers: value<double>() gives nothing for those that a double cannot hold exactly.
double real_of(const toml::node& node) {
  if (node.is_integer()) return static_cast<double>(*node.value<std::int64_t>());
  return *node.value<double>();
}

void assign_integer(OptionRow& row, const toml::node& node, const std::string& where) {
  const auto value = integer_of(node);
  if (!value) throw bad_value(row, where, wanted(row), shown(node));
  check_range(row, static_cast<double>(*value), where);
  row.set_integer(*value);
}

bool fits(const OptionRow& row, const toml::node& node) {
  switch (row.type) {
    case OptionType::kBoolean:
      return node.is_boolean();
    case OptionType::kInteger:
    case OptionType::kReal:
      return node.is_number();
    case OptionType::kText:
      return node.is_string();
    case OptionType::kTextList:
      return node.is_array();
  }
  return false;
}

void assign_node(OptionRow& row, const toml::node& node, const std::string& where) {
  if (row.info.once_boolean && node.is_boolean()) return row.set_integer(*node.value<bool>() ? 1 : 0);
  if (may_be_none(row) && node.value<std::string>() == kNone) return row.set_real(-kInfinity);
  if (!fits(row, node)) throw bad_value(row, where, wanted(row), shown(node));
  switch (row.type) {
    case OptionType::kBoolean:
      row.set_boolean(*node.value<bool>());
      break;
    case OptionType::kInteger:
      assign_integer(row, node, where);
      break;
    case OptionType::kReal:
      check_range(row, real_of(node), where);
      row.set_real(real_of(node));
      break;
    case OptionType::kText:
      assign_text(row, *node.value<std::string>(), where);
      break;
    case OptionType::kTextList:
      assign_list(row, *node.as_array(), where);
      break;
  }
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::pair<std::string, std::string> split_key(const std::string& key) {
  const auto dot = key.find('.');
  return dot == std::string::npos ? std::pair{std::string(), key} : std::pair{key.substr(0, dot), key.substr(dot + 1)};
}

// The name after the section.
std::string name_in_section(const std::string& key) { return split_key(key).second; }

std::string_view without_blanks_around(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

}  // namespace

std::string_view to_string(OptionScope scope) {
  switch (scope) {
    case OptionScope::kData:
      return "data";
    case OptionScope::kModel:
      return "model";
    case OptionScope::kTraining:
      return "training";
    case OptionScope::kBudget:
      return "budget";
    case OptionScope::kAnswer:
      return "answer";
    case OptionScope::kReport:
      return "report";
    case OptionScope::kMachine:
      return "machine";
  }
  return "";
}

std::string_view meaning_of(OptionScope scope) {
  switch (scope) {
    case OptionScope::kData:
      return "which data there is, and how it is split; fixed once it is written, or once a run begins";
    case OptionScope::kModel:
      return "what the model is, reads and learns to answer; fixed once a run begins";
    case OptionScope::kTraining:
      return "what a training step does; fixed once a run begins";
    case OptionScope::kBudget:
      return "how long training goes on, and how often it validates and saves; may change with --resume";
    case OptionScope::kAnswer:
      return "how answers are searched for; saved with the model, may change with each request";
    case OptionScope::kReport:
      return "what is measured, and how; may change with --resume and with each report";
    case OptionScope::kMachine:
      return "where it runs; may change at any time";
  }
  return "";
}

std::optional<std::string> nearest_name(std::string_view word, const std::vector<std::string>& names) {
  std::optional<std::string> best;
  // Short words must have something in common with the name.
  std::size_t best_distance =
      std::min(std::max<std::size_t>(2, word.size() / 3) + 1, std::max<std::size_t>(1, word.size()));
  for (const auto& name : names) {
    // The distance is at least the difference of the lengths. Checking that first bounds the work for a huge word.
    const auto [shorter, longer] = std::minmax({word.size(), name.size()});
    if (longer - shorter >= best_distance) continue;
    const std::size_t distance = edit_distance(word, name);
    if (distance < best_distance) {
      best_distance = distance;
      best = name;
    }
  }
  return best;
}

OptionRow& OptionBinder::append(std::string key, OptionType type, OptionInfo info,
                                std::function<std::string()> print) const {
  OptionRow row;
  row.key = std::move(key);
  row.type = type;
  row.scope = scope_;
  row.info = std::move(info);
  row.default_text = print();
  row.print = std::move(print);
  return table_->rows_.emplace_back(std::move(row));
}

void OptionBinder::add(std::string key, bool* field, OptionInfo info) const {
  append(std::move(key), OptionType::kBoolean, std::move(info), [field] {
    return *field ? "true" : "false";
  }).set_boolean = [field](bool value) { *field = value; };
}

void OptionBinder::add(std::string key, std::int64_t* field, OptionInfo info) const {
  append(std::move(key), OptionType::kInteger, std::move(info), [field] {
    return std::to_string(*field);
  }).set_integer = [field](std::int64_t value) { *field = value; };
}

void OptionBinder::add(std::string key, std::uint64_t* field, OptionInfo info) const {
  info.minimum = std::max(info.minimum, 0.0);
  append(std::move(key), OptionType::kInteger, std::move(info), [field] {
    return std::to_string(*field);
  }).set_integer = [field](std::int64_t value) { *field = static_cast<std::uint64_t>(value); };
}

void OptionBinder::add(std::string key, double* field, OptionInfo info) const {
  append(std::move(key), OptionType::kReal, std::move(info), [field] { return print_real(*field); }).set_real =
      [field](double value) { *field = value; };
}

void OptionBinder::add(std::string key, std::string* field, OptionInfo info) const {
  append(std::move(key), OptionType::kText, std::move(info), [field] { return toml_text(*field); }).set_text =
      [field](std::string value) { *field = std::move(value); };
}

void OptionBinder::add(std::string key, std::vector<std::string>* field, OptionInfo info) const {
  const bool numbers = is_list_of_numbers(OptionType::kTextList, info);
  append(std::move(key), OptionType::kTextList, std::move(info), [field, numbers] {
    return numbers ? fmt::format("[{}]", fmt::join(*field, ", ")) : print_list(*field);
  }).set_list = [field](std::vector<std::string> value) { *field = std::move(value); };
}

void OptionBinder::add_named(std::string key, std::function<std::string()> print,
                             std::function<void(const std::string&)> assign, OptionInfo info) const {
  append(std::move(key), OptionType::kText, std::move(info), [print = std::move(print)] {
    return toml_text(print());
  }).set_text = [assign = std::move(assign)](std::string value) { assign(value); };
}

const OptionRow* OptionTable::find(std::string_view key) const {
  const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const OptionRow& row) { return row.key == key; });
  return found == rows_.end() ? nullptr : &*found;
}

const OptionRow* OptionTable::find_flag(std::string_view flag) const {
  const auto found =
      std::find_if(rows_.begin(), rows_.end(), [&](const OptionRow& row) { return row.info.flag == flag; });
  return found == rows_.end() ? nullptr : &*found;
}

OptionRow& OptionTable::require(std::string_view key, const std::string& origin) {
  for (OptionRow& row : rows_) {
    if (row.key == key || std::ranges::find(row.info.former, key) != row.info.former.end()) return row;
  }
  const std::vector<std::string> likely = likely_keys(*this, key);
  throw usage_error("unknown option '" + std::string(key) + "'" +
                        (likely.empty() ? "; `p5 options` lists all" : did_you_mean(likely)),
                    {.where = origin});
}

std::vector<std::string> likely_keys(const OptionTable& table, std::string_view key) {
  std::string word(key);
  for (char& c : word) c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const bool bare = word.find('.') == std::string::npos;
  std::vector<std::string> keys, names, likely;
  for (const auto& row : table.rows()) {
    if (row.info.flag == key) return {row.key};
    keys.push_back(row.key);
    names.push_back(name_in_section(row.key));
  }
  if (const auto nearest = nearest_name(word, bare ? names : keys)) {
    constexpr std::size_t kMost = 4;
    for (std::size_t i = 0; i < keys.size() && likely.size() < kMost; ++i) {
      if ((bare ? names[i] : keys[i]) == *nearest) likely.push_back(keys[i]);
    }
  }
  return likely;
}

void OptionTable::set(std::string_view key, std::string_view value, std::string origin) {
  OptionRow& row = require(key, origin);
  if (may_be_none(row) && value == kNone) {
    row.set_real(-kInfinity);
  } else if (row.type == OptionType::kText && (value.empty() || (value.front() != '"' && value.front() != '\''))) {
    assign_text(row, std::string(value), origin);
  } else if (row.type == OptionType::kTextList && (value.empty() || value.front() != '[')) {
    std::vector<std::string> parts;
    std::stringstream stream{std::string(value)};
    for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
    assign_texts(row, std::move(parts), origin);
  } else {
    toml::table parsed;
    try {
      parsed = parse_toml("value = " + std::string(value), origin, ErrorSubject::kRequest);
    } catch (const Error&) {
      throw bad_value(row, origin, wanted(row), "'" + std::string(value) + "'");
    }
    if (parsed.size() != 1) throw bad_value(row, origin, wanted(row), "'" + std::string(value) + "'");
    assign_node(row, *parsed.get("value"), origin);
  }
  row.origin = std::move(origin);
}

void OptionTable::set_assignment(std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw usage_error("--set needs key=value",
                      {.expected = "such as --set train.lr=1e-3", .got = "'" + std::string(assignment) + "'"});
  }
  const std::string_view key = assignment.substr(0, equals);
  std::string_view value = assignment.substr(equals + 1);
  // Blanks around the equals sign are those of a file. Without one before it, a blank may be the value.
  if (key.ends_with(' ') || key.ends_with('\t')) value = without_blanks_around(value);
  set(without_blanks_around(key), value, "--set " + std::string(assignment));
}

void OptionTable::load_toml_file(const std::filesystem::path& path) {
  const toml::table root = parse_toml(read_file(path, 16 << 20), path.string(), ErrorSubject::kRequest);
  const std::function<void(const toml::table&, const std::string&)> walk = [&](const toml::table& table,
                                                                               const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      const std::string where = fmt::format("{}:{}", path.string(), node.source().begin.line);
      if (node.is_table()) {
        walk(*node.as_table(), key + ".");
      } else {
        OptionRow& row = require(key, where);
        assign_node(row, node, where);
        row.origin = where;
      }
    }
  };
  walk(root, "");
}

void OptionTable::load_environment() {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    const std::string name(text.substr(0, equals));
    const auto separator = name.find("__");
    if (!name.starts_with("P5_") || equals == std::string_view::npos || separator == std::string::npos) continue;
    std::string key = name.substr(3, separator - 3) + "." + name.substr(separator + 2);
    std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return std::tolower(c); });
    set(key, text.substr(equals + 1), "environment variable " + name);
  }
}

std::string OptionTable::to_toml() const {
  std::map<std::string, std::map<std::string, std::string>> sections;
  for (const auto& row : rows_) {
    const auto [section, name] = split_key(row.key);
    sections[section][name] = row.print();
  }
  std::string text;
  for (const auto& [section, values] : sections) {
    if (!section.empty()) text += (text.empty() ? "[" : "\n[") + section + "]\n";
    for (const auto& [name, value] : values) text += name + " = " + value + "\n";
  }
  return text;
}

std::string OptionTable::to_commented_toml() const {
  constexpr std::size_t kWidth = 118;
  std::vector<std::string> order = {""};  // sections, as they come, after what has none
  std::map<std::string, std::string> sections = {{"", ""}};
  for (const auto& row : rows_) {
    const auto [section, name] = split_key(row.key);
    if (!sections.contains(section)) order.push_back(section);
    std::string& text = sections[section];
    const std::string comment = fmt::format("{} ({}; {})", row.info.help, allowed_values(row), to_string(row.scope));
    for (const std::string& line : wrap_text(comment, kWidth)) text += "# " + line + "\n";
    text += name + " = " + row.print() + "\n";
  }
  std::string text;
  for (const auto& section : order) {
    if (!section.empty()) text += (text.empty() ? "[" : "\n[") + section + "]\n";
    text += sections[section];
  }
  return text;
}

std::string allowed_values(const OptionRow& row) {
  std::string values = row.info.choices.empty() ? type_of(row) : fmt::format("{}", fmt::join(row.info.choices, ", "));
  if (const std::string range = range_of(row.info); !range.empty()) values += ", " + range;
  return may_be_none(row) ? values + ", or none" : values;
}

std::string OptionTable::to_markdown() const {
  std::string text = "| key | flag | default | scope | values | meaning |\n| --- | --- | --- | --- | --- | --- |\n";
  for (const auto& row : rows_) {
    text += fmt::format("| `{}` | {} | `{}` | {} | {} | {} |\n", row.key,
                        row.info.flag.empty() ? "" : "`--" + row.info.flag + "`", row.default_text,
                        to_string(row.scope), allowed_values(row), row.info.help);
  }
  return text;
}

void change_options(OptionTable& stored, const OptionTable& asked, std::initializer_list<OptionScope> may_change) {
  std::vector<const OptionRow*> changed;
  for (const OptionRow& row : asked.rows()) {
    const OptionRow* const before = stored.find(row.key);
    assert(before != nullptr);
    const std::string now = row.print(), then = before->print();
    if (row.origin == "default" || now == then) continue;
    if (std::find(may_change.begin(), may_change.end(), row.scope) == may_change.end()) {
      throw usage_error(fmt::format("'{}' cannot change now: it belongs to the {}", row.key, to_string(row.scope)),
                        {.where = row.origin, .expected = then + ", as in the run", .got = now});
    }
    changed.push_back(&row);
  }
  for (const OptionRow* row : changed) stored.set(row->key, row->print(), row->origin);
}

}  // namespace p5
