#include "cli/help_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "base/text_layout.h"

namespace p5::cli {
namespace {

constexpr std::size_t kIndent = 26;        // where descriptions begin
constexpr std::size_t kShortChoices = 22;  // columns up to which choices are shown in place of NAME

std::string in_capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string first_word(const std::string& name) { return name.substr(0, name.find(' ')); }

std::string joined_choices(const Flag& flag) { return fmt::format("{}", fmt::join(flag.choices, "|")); }

bool shows_choices(const Flag& flag) { return !flag.choices.empty() && joined_choices(flag).size() <= kShortChoices; }

std::string placeholder(const Flag& flag) { return shows_choices(flag) ? joined_choices(flag) : flag.value; }

// "  -c, --config FILE", "  --header, --no-header", "  RUN".
std::string head_of(const Flag& flag) {
  if (flag.positional) {
    return "  " + in_capitals(flag.names.front()) + (flag.takes == Flag::Takes::kAllThatFollow ? "..." : "");
  }
  std::string head = "  " + fmt::format("{}", fmt::join(flag.names, ", "));
  if (!flag.off.empty()) head += ", " + flag.off;
  if (!flag.value.empty()) head += " " + placeholder(flag);
  return flag.takes == Flag::Takes::kAllThatFollow ? head + "..." : head;
}

std::string described(const Flag& flag) {
  std::string text = flag.help;
  const bool named = std::all_of(flag.choices.begin(), flag.choices.end(), [&](const std::string& choice) {
    return flag.help.find(choice) != std::string::npos;
  });
  if (!named && !shows_choices(flag)) {
    text += fmt::format("; one of {}", fmt::join(flag.choices, ", "));
  }
  return text;
}

std::string section_of(const Command& command, Flag::Section section, std::size_t width) {
  std::string text;
  for (const Flag& flag : command.flags()) {
    if (flag.section == section && flag.shown)
      text += hanging_paragraph(head_of(flag), described(flag), kIndent, width);
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
    text += flag.positional ? head_of(flag).substr(1) : fmt::format(" {} {}", flag.names.front(), flag.value);
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
    page += hanging_paragraph(head_of(flag), described(flag), kIndent, width);
  page += "\nExit codes\n";
  const std::pair<const char*, const char*> codes[] = {
      {"  0", "done"},
      {"  1", "internal error"},
      {"  2", "the command line, an option, or a user or item that was asked for"},
      {"  3", "data: a log, a corpus, a prompt file"},
      {"  4", "a run, a model or a checkpoint"},
      {"  5", "memory, disk, network or device"},
      {"  130, 143", "interrupted by SIGINT or SIGTERM; training has saved"}};
  for (const auto& [code, meaning] : codes) page += hanging_paragraph(code, meaning, 12, width);
  page += "\nEnvironment\n";
  const std::pair<const char*, const char*> variables[] = {
      {"  COLUMNS", "width of help and of the progress bar, instead of the terminal's"},
      {"  NO_COLOR", "any value: messages without colour"},
      {"  P5_TRAIN__LR=1e-3", "sets the option train.lr; so do other sections and keys"},
      {"  P5_RESOURCES", "folder of prompts/, configs/ and data/ to use instead of the installed ones"}};
  for (const auto& [name, meaning] : variables) page += hanging_paragraph(name, meaning, kIndent, width);
  return page;
}

}  // namespace p5::cli
