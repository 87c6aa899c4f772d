#include "cli/command_parser.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <utility>

#include "base/did_you_mean.h"
#include "p5/error.h"

namespace p5::cli {
namespace {

// "IDS": how usage lines show a positional argument.
std::string shown(const Flag& flag) {
  std::string name = flag.names.front();
  if (!flag.positional) return name;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  return name;
}

class WordParser {
 public:
  WordParser(const Command& command, std::span<const std::string> words) : command_(command), words_(words) {}

  Parsed parse() {
    bool only_positional = false;
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (only_positional || word == "-" || !word.starts_with('-') || is_number(word)) {
        take_positional(word);
      } else if (word == "--") {
        only_positional = true;
      } else if (word == "-h" || word == "--help") {
        return Parsed::kHelpAsked;
      } else {
        take_flag(word);
      }
    }
    for (const Flag& flag : command_.flags()) {
      if (flag.required && !times_.contains(&flag)) throw missing(flag);
    }
    return Parsed::kComplete;
  }

 private:
  static bool is_number(const std::string& word) {
    return word.size() > 1 && std::isdigit(static_cast<unsigned char>(word[1])) != 0;
  }

  // "--name=value" and "-k5" are split; other words are a name alone.
  std::pair<std::string, std::optional<std::string>> split(const std::string& word) const {
    if (const auto equals = word.find('='); equals != std::string::npos) {
      return {word.substr(0, equals), word.substr(equals + 1)};
    }
    if (!word.starts_with("--") && word.size() > 2) return {word.substr(0, 2), word.substr(2)};
    return {word, std::nullopt};
  }

  void take_flag(const std::string& word) {
    const auto [name, value] = split(word);
    const Flag* const flag = command_.find(name);
    if (flag == nullptr) throw unknown(word.starts_with("--") ? name : word);
    if (flag->takes == Flag::Takes::kNothing) {
      if (value) throw usage_error(name + " takes no value", {.got = "'" + *value + "'"});
      ++times_[flag];
      flag->set(name, name == flag->off ? "false" : "true");
      return;
    }
    if (!value && !has_value()) throw usage_error(name + " needs a value: " + flag->value);
    set(*flag, name, value ? *value : words_[at_++]);
    while (!value && flag->takes == Flag::Takes::kAllThatFollow && has_value()) set(*flag, name, words_[at_++]);
  }

  // A value may begin with a dash, if it is not a flag.
  bool has_value() const {
    if (at_ == words_.size()) return false;
    const std::string& next = words_[at_];
    if (next.size() < 2 || !next.starts_with('-') || is_number(next)) return true;
    return next != "--" && command_.find(split(next).first) == nullptr;
  }

  void take_positional(const std::string& word) {
    const Flag* open = nullptr;
    for (const Flag& flag : command_.flags()) {
      if (!flag.positional) continue;
      if (!times_.contains(&flag) || flag.takes == Flag::Takes::kAllThatFollow) open = &flag;
      if (open != nullptr) break;
    }
    if (open == nullptr) throw usage_error("unexpected argument '" + word + "'");
    set(*open, shown(*open), word);
  }

  void set(const Flag& flag, const std::string& name, const std::string& value) {
    if (++times_[&flag] > 1 && flag.takes == Flag::Takes::kOne) {
      throw usage_error(name + " is given twice" +
                        (flag.instead_of_repeating.empty() ? "" : "; " + flag.instead_of_repeating));
    }
    flag.set(name, value);
  }

  Error unknown(const std::string& name) const {
    std::vector<std::string> known = {"--help"};
    for (const Flag& flag : command_.flags()) {
      if (flag.positional || !flag.shown) continue;
      for (const std::string& other : flag.names) {
        if (other.starts_with("--")) known.push_back(other);
      }
      if (!flag.off.empty()) known.push_back(flag.off);
    }
    return usage_error("unknown option '" + name + "'" + did_you_mean(name, known));
  }

  Error missing(const Flag& flag) const {
    const std::string what = flag.positional ? shown(flag) : shown(flag) + " " + flag.value;
    return usage_error("p5 " + command_.name() + " needs " + what + ": " + flag.help);
  }

  const Command& command_;
  std::span<const std::string> words_;
  std::size_t at_ = 0;
  std::map<const Flag*, int> times_;  // how often each was given
};

}  // namespace

Parsed parse_words(const Command& command, std::span<const std::string> words) {
  return WordParser(command, words).parse();
}

}  // namespace p5::cli
