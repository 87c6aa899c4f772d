#include "cli/help_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text_layout.h"
#include "cli/flag_text.h"

namespace p5::cli {
namespace {

constexpr std::size_t kIndent = 26;  // where descriptions begin

std::string first_word(const std::string& name) { return name.substr(0, name.find(' ')); }

std::string section_of(const Command& command, Flag::Section section, std::size_t width) {
  std::string text;
  for (const Flag& flag : command.flags()) {
    if (flag.section == section && flag.shown)
      text += hanging_paragraph("  " + head_text(flag), meaning_text(flag), kIndent, width);
  }
  return text;
}

// What cannot be left out.
std::string usage_of(const Command& command, std::size_t width) {
  std::string text = "usage: p5 " + command.name();
  bool optional = false;
  for (const Flag& flag : command.flags()) {
    optional = optional || (!flag.required && flag.shown);
    if (!flag.required) continue;
    text += flag.positional ? " " + head_text(flag) : fmt::format(" {} {}", flag.names.front(), flag.value);
  }
  return hanging_paragraph("", text + (optional ? " [options]" : ""), 0, width);
}

// The words of a command; blanks in quotes are part of a word.
std::vector<std::string> shell_words(const std::string& line) {
  std::vector<std::string> words;
  char quote = 0;
  bool in_word = false;
  for (const char letter : line) {
    if (letter == ' ' && quote == 0) {
      in_word = false;
      continue;
    }
    if (!std::exchange(in_word, true)) words.emplace_back();
    words.back() += letter;
    if (quote == 0 && (letter == '\'' || letter == '"')) {
      quote = letter;
    } else if (letter == quote) {
      quote = 0;
    }
  }
  return words;
}

// Examples are commands: a long one goes on after a backslash, as in a shell.
std::string wrapped_example(const std::string& example, std::size_t width) {
  if (text_width(example) <= width) return example + "\n";
  constexpr std::size_t kRoomForBackslash = 2;
  std::string text, line = " ";
  for (const std::string& word : shell_words(example)) {
    if (text_width(line) + 1 + text_width(word) + kRoomForBackslash > width) {
      text += line + " \\\n";
      line = std::string(5, ' ');
    }
    line += " " + word;
  }
  return text + line + "\n";
}

std::string wrapped_examples(const std::string& examples, std::size_t width) {
  std::string text;
  for (std::size_t at = 0; at < examples.size();) {
    const std::size_t end = std::min(examples.find('\n', at), examples.size());
    text += wrapped_example(examples.substr(at, end - at), width);
    at = end + 1;
  }
  return text;
}

std::string first_steps(std::size_t width) {
  const std::pair<const char*, const char*> steps[] = {
      {"  p5 demo", "try everything on simulated data"},
      {"  p5 import events.csv --out shop", "read your own log"},
      {"  p5 train --corpus shop --out runs/shop", "settings follow from the data"},
      {"  p5 recommend runs/shop --user U17", "ten items for one user"}};
  std::string text = "First steps\n";
  for (const auto& [command, meaning] : steps) text += hanging_paragraph(command, meaning, 43, width);
  return text;
}

}  // namespace

std::string overview_page(const CommandList& commands, std::size_t width) {
  std::string page =
      hanging_paragraph("", "p5: one model for every recommendation task, asked through prompts", 0, width);
  page += "\nusage: p5 VERB ...\n\n" + first_steps(width);
  std::set<std::string> families;
  for (const CommandList::Group& group : commands.groups()) {
    page += "\n" + group.title + "\n";
    for (const auto& command : group.commands) {
      const std::string first = first_word(command->name());
      const std::string family = summary_of_family(first);
      if (!family.empty() && !families.insert(first).second) continue;
      page += hanging_paragraph("  " + first, family.empty() ? command->verb().summary() : family, 16, width);
    }
  }
  page += "\n";
  page += hanging_paragraph("  p5 help VERB", "options and examples of a verb; also p5 VERB --help", 20, width);
  page += hanging_paragraph("  p5 help logging", "messages, progress and exit codes", 20, width);
  page += hanging_paragraph("  p5 --version", "the version", 20, width);
  return page;
}

std::string family_page(const std::string& family, const std::vector<const Command*>& commands, std::size_t width) {
  std::string page = fmt::format("p5 {}: {}\n\nusage: p5 {} VERB ...\n\n", family, summary_of_family(family), family);
  for (const Command* command : commands) {
    page += hanging_paragraph("  " + command->name().substr(family.size() + 1), command->verb().summary(), 16, width);
  }
  return page + fmt::format("\n  p5 help {} VERB has the options and examples of one\n", family);
}

std::string command_page(const Command& command, std::size_t width) {
  std::string page =
      hanging_paragraph("", fmt::format("p5 {}: {}", command.name(), command.verb().summary()), 0, width);
  page += "\n" + usage_of(command, width);
  const auto add = [&page](const char* title, const std::string& section) {
    if (!section.empty()) page += fmt::format("\n{}\n{}", title, section);
  };
  add("Arguments", section_of(command, Flag::Section::kArguments, width));
  add("Options", section_of(command, Flag::Section::kOptions, width));
  add("More options (p5 options lists and explains all)", section_of(command, Flag::Section::kSettings, width));
  page += "\n" +
          hanging_paragraph("", "Of every verb: -q, --log-level, --log-format, --progress; p5 help logging", 0, width);
  add("Examples", wrapped_examples(command.verb().examples(), width));
  return page;
}

std::string logging_page(std::size_t width) {
  GlobalOptions unused;
  std::string page = hanging_paragraph("", "Results go to stdout; messages and progress go to stderr.", 0, width);
  page += "\nOptions of every verb\n";
  for (const Flag& flag : global_flags(unused))
    page += hanging_paragraph("  " + head_text(flag), meaning_text(flag), kIndent, width);
  page += "\nExit codes\n";
  for (const auto& [code, meaning] : exit_codes()) {
    page += hanging_paragraph(fmt::format("  {}", code), meaning, 12, width);
  }
  page += "\nEnvironment\n";
  for (const auto& [name, meaning] : environment_variables()) {
    page += hanging_paragraph(fmt::format("  {}", name), meaning, kIndent, width);
  }
  return page;
}

}  // namespace p5::cli
