#include "cli/completion_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace p5::cli {
namespace {

std::vector<std::string> keys_of(const OptionTable& table, const std::string& end) {
  std::vector<std::string> keys;
  for (const OptionRow& row : table.rows()) keys.push_back(row.key + end);
  return keys;
}

std::vector<std::string> all_keys(const CommandList& commands) {
  std::set<std::string> keys;
  for (const Command* command : commands.all()) {
    if (command->verb().options() == nullptr) continue;
    for (const std::string& key : keys_of(*command->verb().options(), "")) keys.insert(key);
  }
  return {keys.begin(), keys.end()};
}

std::string first_word_of(const std::string& name) { return name.substr(0, name.find(' ')); }

std::string shell_quoted(const std::string& text) {
  std::string safe = "'";
  for (const char c : text) safe += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return safe + "'";
}

// Flags with two dashes and short ones, as far as help shows them.
std::vector<std::string> shown_names(const Command& command) {
  std::vector<std::string> names;
  for (const Flag& flag : command.flags()) {
    if (flag.positional || !flag.shown) continue;
    names.insert(names.end(), flag.names.begin(), flag.names.end());
    if (!flag.off.empty()) names.push_back(flag.off);
  }
  names.emplace_back("--help");
  return names;
}

// "folder", "file", "words a b c": what the functions of bash know how to complete.
std::string bash_rule(const ValueChoice& choice) {
  switch (choice.kind) {
    case ValueChoice::Kind::kFolder:
      return "folder";
    case ValueChoice::Kind::kFile:
      return "file";
    case ValueChoice::Kind::kWords:
      return fmt::format("words {}", fmt::join(choice.words, " "));
    case ValueChoice::Kind::kAnything:
      break;
  }
  return "nothing";
}

// One branch of a case per result, so that a result that many have is written once.
std::string bash_case(const std::map<std::string, std::vector<std::string>>& patterns_of) {
  std::string text;
  for (const auto& [result, patterns] : patterns_of) {
    std::string joined;
    for (const std::string& pattern : patterns) joined += (joined.empty() ? "" : "|") + shell_quoted(pattern);
    text += fmt::format("    {}) echo {} ;;\n", joined, shell_quoted(result));
  }
  return text;
}

constexpr std::string_view kBash = R"sh(# Completion of p5 for bash, printed by `p5 completion bash`.
_p5_words() {
  case $1 in
@WORDS@  esac
}

# What follows the flag $2, or the next positional argument where $2 is 'argument', of the verb $1.
_p5_value() {
  case "$1 $2" in
@VALUES@  esac
}

_p5() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb='' rule=''
  COMPREPLY=()
  if ((COMP_CWORD > 1)); then verb=${COMP_WORDS[1]}; fi
  case $verb in
    @FAMILIES@) if ((COMP_CWORD > 2)); then verb+=" ${COMP_WORDS[2]}"; fi ;;
  esac
  if [[ -n $verb ]]; then
    case $before in
      -*) rule=$(_p5_value "$verb" "$before") ;;
    esac
    if [[ -z $rule && $word == -* ]]; then rule="words $(_p5_words "$verb")"; fi
    if [[ -z $rule ]]; then rule=$(_p5_value "$verb" argument); fi
  fi
  if [[ -z $rule ]]; then rule="words $(_p5_words "$verb")"; fi
  case $rule in
    folder) mapfile -t COMPREPLY < <(compgen -d -- "$word"); compopt -o filenames 2>/dev/null ;;
    file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); compopt -o filenames 2>/dev/null ;;
    words*) mapfile -t COMPREPLY < <(compgen -W "${rule#words}" -- "$word") ;;
  esac
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
  return 0
}
complete -F _p5 p5
)sh";

std::string filled(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string page(text);
  for (const auto& [mark, value] : values) {
    const std::size_t at = page.find(mark);
    page.replace(at, mark.size(), value);
  }
  return page;
}

// The description of a flag in a menu: short, and without what shells read as syntax.
std::string menu_text(const std::string& help) {
  constexpr std::size_t kMost = 70;
  std::string text = help.substr(0, help.find(" ("));
  if (text.size() > kMost) text = text.substr(0, text.rfind(' ', kMost)) + " ...";
  std::erase_if(text, [](char c) { return c == '[' || c == ']' || c == ':' || c == '\\' || c == '`' || c == '$'; });
  return text;
}

std::string zsh_action(const ValueChoice& choice) {
  switch (choice.kind) {
    case ValueChoice::Kind::kFolder:
      return "_files -/";
    case ValueChoice::Kind::kFile:
      return "_files";
    case ValueChoice::Kind::kWords:
      return fmt::format("({})", fmt::join(choice.words, " "));
    case ValueChoice::Kind::kAnything:
      break;
  }
  return " ";
}

// The arguments of zsh's _arguments for one flag.
std::string zsh_specs(const Command& command, const Flag& flag, const CommandList& commands) {
  const std::string action = zsh_action(value_choice(command, flag, commands));
  const bool many = flag.takes == Flag::Takes::kAllThatFollow || flag.takes == Flag::Takes::kOneEachTime;
  if (flag.positional) {
    return fmt::format(" \\\n        {}",
                       shell_quoted(fmt::format("{}:{}:{}", many ? "*" : "", flag.names.front(), action)));
  }
  std::vector<std::string> names = flag.names;
  if (!flag.off.empty()) names.push_back(flag.off);
  std::string text;
  for (const std::string& name : names) {
    std::string spec = fmt::format("{}{}[{}]", many ? "*" : "", name, menu_text(flag.help));
    if (flag.takes != Flag::Takes::kNothing) spec += fmt::format(":{}:{}", flag.value, action);
    text += fmt::format(" \\\n        {}", shell_quoted(spec));
  }
  return text;
}

// zsh: `'word:what it does'` for each.
std::string zsh_menu(const std::vector<FirstWord>& words) {
  std::string text;
  for (const auto& [word, summary] : words) text += " " + shell_quoted(word + ":" + menu_text(summary));
  return text;
}

std::vector<FirstWord> second_words(const CommandList& commands, const std::string& family) {
  std::vector<FirstWord> words;
  for (const Command* command : commands.family(family)) {
    words.push_back({.word = command->name().substr(family.size() + 1), .summary = command->verb().summary()});
  }
  return words;
}

std::string fish_value(const ValueChoice& choice) {
  switch (choice.kind) {
    case ValueChoice::Kind::kFolder:
      return " -x -a '(__fish_complete_directories)'";
    case ValueChoice::Kind::kFile:
      return " -r -F";
    case ValueChoice::Kind::kWords:
      return fmt::format(" -x -a {}", shell_quoted(fmt::format("{}", fmt::join(choice.words, " "))));
    case ValueChoice::Kind::kAnything:
      break;
  }
  return " -x";
}

std::string fish_line(const Command& command, const Flag& flag, const CommandList& commands) {
  std::string line = fmt::format("complete -c p5 -n {}", shell_quoted(fmt::format("__p5_is {}", command.name())));
  const ValueChoice choice = value_choice(command, flag, commands);
  if (flag.positional) {
    const std::string value = fish_value(choice);
    return choice.kind == ValueChoice::Kind::kAnything ? "" : line + value.substr(3) + "\n";
  }
  std::vector<std::string> names = flag.names;
  if (!flag.off.empty()) names.push_back(flag.off);
  for (const std::string& name : names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (flag.takes != Flag::Takes::kNothing) line += fish_value(choice);
  return line + " -d " + shell_quoted(menu_text(flag.help)) + "\n";
}

constexpr std::string_view kFish = R"sh(# Completion of p5 for fish, printed by `p5 completion fish`.
# Whether the verb of the command line, of one or two words, is the given one; without words: none yet.
function __p5_is
  set -l words (commandline -opc)
  set -e words[1]
  set -l verb
  test (count $words) -gt 0; and set verb $words[1]
  if contains -- "$verb" @FAMILIES@; and test (count $words) -gt 1
    set verb $words[1] $words[2]
  end
  test "$verb" = "$argv"
end
complete -c p5 -f
)sh";

}  // namespace

ValueChoice value_choice(const Command& command, const Flag& flag, const CommandList& commands) {
  using Kind = ValueChoice::Kind;
  if (!flag.choices.empty()) return {.kind = Kind::kWords, .words = flag.choices};
  if (flag.value == "FOLDER") return {.kind = Kind::kFolder};
  if (flag.value == "FILE" || flag.value == "LIST") return {.kind = Kind::kFile};
  if (flag.value == "OPTION") return {.kind = Kind::kWords, .words = all_keys(commands)};
  if (flag.value == "KEY=VALUE" && command.verb().options() != nullptr) {
    return {.kind = Kind::kWords, .words = keys_of(*command.verb().options(), "=")};
  }
  return {};
}

std::vector<FirstWord> first_words(const CommandList& commands) {
  std::vector<FirstWord> words;
  for (const Command* command : commands.all()) {
    const std::string first = first_word_of(command->name());
    const bool known = std::any_of(words.begin(), words.end(), [&](const FirstWord& w) { return w.word == first; });
    if (known) continue;
    const std::string family = summary_of_family(first);
    words.push_back({.word = first, .summary = family.empty() ? command->verb().summary() : family});
  }
  words.push_back({.word = "help", .summary = "options and examples of a verb"});
  return words;
}

std::vector<std::string> families(const CommandList& commands) {
  std::vector<std::string> found;
  for (const auto& [word, summary] : first_words(commands)) {
    if (!commands.family(word).empty()) found.push_back(word);
  }
  return found;
}

std::string bash_completion(const CommandList& commands) {
  std::map<std::string, std::vector<std::string>> words, values;
  std::string first;
  for (const auto& [word, summary] : first_words(commands)) first += (first.empty() ? "" : " ") + word;
  words[first] = {"", "help"};
  for (const std::string& family : families(commands)) {
    std::string second;
    for (const auto& [word, summary] : second_words(commands, family)) second += (second.empty() ? "" : " ") + word;
    words[second].push_back(family);
  }
  for (const Command* command : commands.all()) {
    words[fmt::format("{}", fmt::join(shown_names(*command), " "))].push_back(command->name());
    bool has_positional = false;
    for (const Flag& flag : command->flags()) {
      const std::string rule = bash_rule(value_choice(*command, flag, commands));
      if (flag.positional) {
        if (!std::exchange(has_positional, true)) values[rule].push_back(command->name() + " argument");
      } else if (flag.takes != Flag::Takes::kNothing && flag.shown) {
        for (const std::string& name : flag.names) values[rule].push_back(command->name() + " " + name);
      }
    }
  }
  return filled(kBash, {{"@WORDS@", bash_case(words)},
                        {"@VALUES@", bash_case(values)},
                        {"@FAMILIES@", fmt::format("{}", fmt::join(families(commands), "|"))}});
}

std::string zsh_completion(const CommandList& commands) {
  std::string text =
      "#compdef p5\n# Completion of p5 for zsh, printed by `p5 completion zsh`.\n_p5() {\n  local -a menu\n"
      "  local verb=$words[2]\n"
      "  if (( CURRENT == 2 )); then\n    menu=(" +
      zsh_menu(first_words(commands)) + " )\n    _describe verb menu\n    return\n  fi\n";
  text += "  shift words; (( CURRENT-- ))\n  case $verb in\n";
  for (const std::string& family : families(commands)) {
    text += fmt::format(
        "    {})\n      if (( CURRENT == 2 )); then\n        menu=({} )\n        _describe verb menu\n        return\n"
        "      fi\n      verb=\"{} $words[2]\"\n      shift words; (( CURRENT-- ))\n      ;;\n",
        family, zsh_menu(second_words(commands, family)), family);
  }
  text += "    help)\n      menu=(" + zsh_menu(first_words(commands)) +
          " )\n      _describe verb menu\n      return\n      ;;\n";
  text += "  esac\n  case $verb in\n";
  for (const Command* command : commands.all()) {
    text += fmt::format("    {})\n      _arguments '--help[options and examples]'", shell_quoted(command->name()));
    for (const Flag& flag : command->flags()) {
      if (flag.shown) text += zsh_specs(*command, flag, commands);
    }
    text += "\n      ;;\n";
  }
  return text + "  esac\n}\nif [[ $funcstack[1] == _p5 ]]; then _p5 \"$@\"; else compdef _p5 p5; fi\n";
}

std::string fish_completion(const CommandList& commands) {
  std::string text = filled(kFish, {{"@FAMILIES@", fmt::format("{}", fmt::join(families(commands), " "))}});
  const auto offer = [&text](const std::string& verb, const std::vector<FirstWord>& words) {
    for (const auto& [word, summary] : words) {
      text += fmt::format("complete -c p5 -n {} -a {} -d {}\n", shell_quoted("__p5_is " + verb), word,
                          shell_quoted(menu_text(summary)));
    }
  };
  offer("", first_words(commands));
  offer("help", first_words(commands));
  for (const std::string& family : families(commands)) offer(family, second_words(commands, family));
  for (const Command* command : commands.all()) {
    for (const Flag& flag : command->flags()) {
      if (flag.shown) text += fish_line(*command, flag, commands);
    }
  }
  return text;
}

}  // namespace p5::cli
