#include "cli/man_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "cli/flag_text.h"
#include "p5/version.h"

namespace p5::cli {
namespace {

// Text as roff reads it: backslashes and dashes are themselves, and no line begins with a control character.
std::string roff(std::string_view text) {
  std::string safe;
  bool at_line_start = true;
  for (const char letter : text) {
    if (at_line_start && (letter == '.' || letter == '\'')) safe += "\\&";
    if (letter == '\\') {
      safe += "\\e";
    } else if (letter == '-') {
      safe += "\\-";
    } else if (letter == '\'') {
      safe += "\\(aq";
    } else if (letter == '`') {
      safe += "\\(ga";
    } else if (letter == '~') {
      safe += "\\(ti";
    } else if (letter == '^') {
      safe += "\\(ha";
    } else {
      safe += letter;
    }
    at_line_start = letter == '\n';
  }
  return safe;
}

std::string bold(std::string_view text) { return fmt::format("\\fB{}\\fR", roff(text)); }

// A request's argument: in quotes, which in it are doubled.
std::string argument(std::string_view text) {
  std::string doubled;
  for (const char letter : roff(text)) doubled += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return '"' + doubled + '"';
}

std::string dashed(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string page_name(const Command& command) { return "p5-" + dashed(command.name()); }

// Without a date, so that the same program always writes the same page.
std::string head_of(const std::string& name, const std::string& summary) {
  std::string title = name;
  std::transform(title.begin(), title.end(), title.begin(), [](unsigned char c) { return std::toupper(c); });
  return fmt::format(".TH {} 1 \"\" \"p5 {}\" \"p5\"\n.SH NAME\n{} \\- {}\n", argument(title), roff(kVersion),
                     roff(name), roff(summary));
}

std::string listed(std::string_view head, std::string_view meaning) {
  return fmt::format(".TP\n{}\n{}\n", bold(head), roff(meaning));
}

std::string section_of(const Command& command, Flag::Section section, std::string_view title) {
  std::string text;
  for (const Flag& flag : command.flags()) {
    if (flag.section == section && flag.shown) text += listed(head_text(flag), meaning_text(flag));
  }
  return text.empty() ? text : fmt::format(".SH {}\n{}", title, text);
}

std::string synopsis_of(const Command& command) {
  std::string text = bold("p5 " + command.name());
  for (const Flag& flag : command.flags()) {
    if (!flag.required) continue;
    text += flag.positional ? fmt::format(" \\fI{}\\fR", roff(head_text(flag)))
                            : fmt::format(" {} \\fI{}\\fR", bold(flag.names.front()), roff(flag.value));
  }
  return fmt::format(".SH SYNOPSIS\n{} [\\fIoptions\\fR]\n", text);
}

// Examples stay as they are, line by line.
std::string examples_of(const Command& command) {
  return ".SH EXAMPLES\n.nf\n" + roff(command.verb().examples()) + ".fi\n";
}

std::string table_of(std::string_view title, Meanings meanings) {
  std::string text = fmt::format(".SH {}\n", title);
  for (const auto& [head, meaning] : meanings) text += listed(head, meaning);
  return text;
}

std::string see_also(const std::vector<std::string>& pages) {
  std::string text = ".SH SEE ALSO\n";
  for (std::size_t i = 0; i < pages.size(); ++i) {
    text += fmt::format("{}(1){}\n", bold(pages[i]), i + 1 < pages.size() ? "," : "");
  }
  return text;
}

std::string first_word_of(const std::string& name) { return name.substr(0, name.find(' ')); }

}  // namespace

ManPage program_man_page(const CommandList& commands) {
  std::string text = head_of("p5", "one model for every recommendation task, asked through prompts");
  text += ".SH SYNOPSIS\n" + bold("p5") + " \\fIverb\\fR [\\fIoptions\\fR]\n.SH DESCRIPTION\n" +
          roff(
              "p5 reads a log of who bought, watched or rated what, trains one model on every recommendation task, "
              "written as text, and answers: what comes next, how many stars, which of these, why, and what a review "
              "says. Each verb has a page of its own. Results go to standard output; messages and progress go to "
              "standard error.") +
          "\n";
  std::vector<std::string> pages;
  for (const CommandList::Group& group : commands.groups()) {
    text += fmt::format(".SH {}\n", argument(group.title));
    for (const auto& command : group.commands) {
      text += listed("p5 " + command->name(), command->verb().summary());
      pages.push_back(page_name(*command));
    }
  }
  GlobalOptions unused;
  text += ".SH OPTIONS OF EVERY VERB\n";
  for (const Flag& flag : global_flags(unused)) text += listed(head_text(flag), meaning_text(flag));
  text += table_of("EXIT STATUS", exit_codes()) + table_of("ENVIRONMENT", environment_variables());
  return {.file = "p5.1", .text = text + see_also(pages)};
}

ManPage command_man_page(const Command& command, const CommandList& commands) {
  std::string text = head_of(page_name(command), command.verb().summary()) + synopsis_of(command);
  text += section_of(command, Flag::Section::kArguments, "ARGUMENTS");
  text += section_of(command, Flag::Section::kOptions, "OPTIONS");
  text += section_of(command, Flag::Section::kSettings, "\"MORE OPTIONS\"");
  text += examples_of(command);
  std::vector<std::string> pages = {"p5"};
  for (const Command* other : commands.family(first_word_of(command.name()))) {
    if (other != &command) pages.push_back(page_name(*other));
  }
  return {.file = page_name(command) + ".1", .text = text + see_also(pages)};
}

std::vector<ManPage> all_man_pages(const CommandList& commands) {
  std::vector<ManPage> pages = {program_man_page(commands)};
  for (const Command* command : commands.all()) pages.push_back(command_man_page(*command, commands));
  return pages;
}

}  // namespace p5::cli
