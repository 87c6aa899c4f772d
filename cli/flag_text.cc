#include "cli/flag_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace p5::cli {
namespace {

constexpr std::size_t kShortChoices = 22;  // columns up to which choices are shown in place of NAME

std::string joined_choices(const Flag& flag) { return fmt::format("{}", fmt::join(flag.choices, "|")); }

bool shows_choices(const Flag& flag) { return !flag.choices.empty() && joined_choices(flag).size() <= kShortChoices; }

std::string in_capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

}  // namespace

std::string value_text(const Flag& flag) { return shows_choices(flag) ? joined_choices(flag) : flag.value; }

std::string head_text(const Flag& flag) {
  const bool many = flag.takes == Flag::Takes::kAllThatFollow;
  if (flag.positional) return in_capitals(flag.names.front()) + (many ? "..." : "");
  std::string head = fmt::format("{}", fmt::join(flag.names, ", "));
  if (!flag.off.empty()) head += ", " + flag.off;
  if (!flag.value.empty()) head += " " + value_text(flag);
  return many ? head + "..." : head;
}

std::string meaning_text(const Flag& flag) {
  std::string text = flag.help;
  const bool named = std::all_of(flag.choices.begin(), flag.choices.end(), [&](const std::string& choice) {
    return flag.help.find(choice) != std::string::npos;
  });
  if (!named && !shows_choices(flag)) text += fmt::format("; one of {}", fmt::join(flag.choices, ", "));
  return text;
}

Meanings exit_codes() {
  static constexpr std::pair<const char*, const char*> kCodes[] = {
      {"0", "done"},
      {"1", "internal error"},
      {"2", "the command line, an option, or a user or item that was asked for"},
      {"3", "data: a log, a corpus, a prompt file"},
      {"4", "a run, a model or a checkpoint"},
      {"5", "memory, disk, network or device"},
      {"130, 143", "interrupted by SIGINT or SIGTERM; training has saved"}};
  return kCodes;
}

Meanings environment_variables() {
  static constexpr std::pair<const char*, const char*> kVariables[] = {
      {"COLUMNS", "width of help and of the progress bar, instead of the terminal's"},
      {"NO_COLOR", "any value: messages without colour"},
      {"P5_TRAIN__LR=1e-3", "sets the option train.lr; so do other sections and keys"},
      {"P5_RESOURCES", "folder of prompts/, configs/ and data/ to use instead of the installed ones"}};
  return kVariables;
}

}  // namespace p5::cli
