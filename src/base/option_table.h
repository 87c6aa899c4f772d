// The one place where an option is named. A row binds a key ("train.lr") to a field of an options struct; the
// command-line flag, the TOML key, the environment variable and docs/options.md all come from that row.
// Not thread-safe; the bound structs must outlive the table.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace p5 {

// What an option belongs to, which decides when it may change; meaning_of() has a sentence on each.
enum class OptionScope : std::uint8_t { kData, kModel, kTraining, kBudget, kAnswer, kReport, kMachine };
inline constexpr std::array<OptionScope, 7> kOptionScopes = {
    OptionScope::kData,   OptionScope::kModel,  OptionScope::kTraining, OptionScope::kBudget,
    OptionScope::kAnswer, OptionScope::kReport, OptionScope::kMachine};
std::string_view to_string(OptionScope scope);   // "data"
std::string_view meaning_of(OptionScope scope);  // for help and docs

// What a row says in addition to its key and field. `flag` is the short command-line name without dashes ("epochs");
// every row can also be set with --set key=value. Numbers are checked against [minimum, maximum].
struct OptionInfo {
  std::string help;
  std::string flag = {};
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices = {};
  std::vector<std::string> former = {};  // keys of earlier versions, which files and --set may still use
  bool once_boolean = false;             // a number that was true or false then, read as 1 or 0
};

enum class OptionType { kBoolean, kInteger, kReal, kText, kTextList };

struct OptionRow {
  std::string key;
  OptionType type;
  OptionScope scope;
  OptionInfo info;
  std::string default_text;               // as TOML
  std::string origin = "default";         // who set it: a file and line, the environment, a flag
  std::function<std::string()> print;     // the current value as TOML
  std::function<void(bool)> set_boolean;  // exactly one setter fits `type`
  std::function<void(std::int64_t)> set_integer;
  std::function<void(double)> set_real;
  std::function<void(std::string)> set_text;
  std::function<void(std::vector<std::string>)> set_list;
};

class OptionTable {
 public:
  const std::vector<OptionRow>& rows() const { return rows_; }
  const OptionRow* find(std::string_view key) const;
  const OptionRow* find_flag(std::string_view flag) const;

  // Sets one option from TOML text (`3e-4`, `true`, `["a", "b"]`); bare words are taken as text. Throws a usage error
  // that names `origin`, the nearest key, the expected type or range and the value found.
  void set(std::string_view key, std::string_view value, std::string origin);
  // "key=value", as after --set.
  void set_assignment(std::string_view assignment);
  // Reads sections and keys. An unknown key or a wrong type is a usage error with file and line.
  void load_toml_file(const std::filesystem::path& path);
  // P5_TRAIN__LR=1e-3 sets train.lr. Unknown P5_<SECTION>__<KEY> variables are usage errors.
  void load_environment();

  // The whole effective configuration, sorted by section; equal configurations give equal text.
  std::string to_toml() const;
  // The same with the scope of each option in a comment.
  std::string to_commented_toml() const;
  // One Markdown table row per option.
  std::string to_markdown() const;

 private:
  friend class OptionBinder;
  OptionRow& require(std::string_view key, const std::string& origin);

  std::vector<OptionRow> rows_;
};

// Adds rows of one scope to a table, so that every option has one. Borrows the table.
class OptionBinder {
 public:
  OptionBinder(OptionTable& table, OptionScope scope) : table_(&table), scope_(scope) {}

  void add(std::string key, bool* field, OptionInfo info) const;
  void add(std::string key, std::int64_t* field, OptionInfo info) const;
  void add(std::string key, std::uint64_t* field, OptionInfo info) const;  // seeds: 0 to 2^63 - 1
  void add(std::string key, double* field, OptionInfo info) const;
  void add(std::string key, std::string* field, OptionInfo info) const;
  void add(std::string key, std::vector<std::string>* field, OptionInfo info) const;

  // An enumeration, written by name.
  template <typename Enum>
  void add_choice(std::string key, Enum* field, std::vector<std::pair<std::string, Enum>> names,
                  OptionInfo info) const {
    for (const auto& [name, value] : names) info.choices.push_back(name);
    auto print = [field, names] {
      for (const auto& [name, value] : names) {
        if (value == *field) return name;
      }
      return std::string();
    };
    auto assign = [field, names](const std::string& text) {
      for (const auto& [name, value] : names) {
        if (name == text) *field = value;
      }
    };
    add_named(std::move(key), std::move(print), std::move(assign), std::move(info));
  }

 private:
  void add_named(std::string key, std::function<std::string()> print, std::function<void(const std::string&)> assign,
                 OptionInfo info) const;
  OptionRow& append(std::string key, OptionType type, OptionInfo info, std::function<std::string()> print) const;

  OptionTable* table_;
  OptionScope scope_;
};

// Copies the values that someone set in `asked` into `stored`, which has the same rows. Throws a usage error that names
// key, scope and both values when an option differs whose scope is not among `may_change`.
void change_options(OptionTable& stored, const OptionTable& asked, std::initializer_list<OptionScope> may_change);

// The entry of `names` with the smallest edit distance to `word`, if it is close enough to be a likely typo.
std::optional<std::string> nearest_name(std::string_view word, const std::vector<std::string>& names);

}  // namespace p5
