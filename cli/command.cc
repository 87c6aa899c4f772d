#include "cli/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "base/interrupt.h"
#include "base/mapped_file.h"
#include "p5/error.h"

namespace p5::cli {
namespace {

// What help and completion call the value of an argument or option of this name, where its type does not say it.
std::string value_name(const std::string& name) {
  // clang-format off
  static const std::map<std::string, std::string> kNames = {
      {"available", "FILE"}, {"budget", "KEY"}, {"candidates", "LIST"}, {"config", "FILE"}, {"configs", "FOLDER"},
      {"corpus", "FOLDER"}, {"device", "NAME"}, {"exclude", "LIST"}, {"feature", "WORD"}, {"feedback", "URL"},
      {"find", "WORDS"}, {"from", "RUN"}, {"history", "LIST"}, {"host", "ADDRESS"}, {"id", "ID"}, {"init", "FOLDER"},
      {"input", "FILE"}, {"inputs", "FILE"}, {"item", "KEY"}, {"matmul", "NAME"}, {"metrics", "LIST"}, {"metrics-file", "FILE"},
      {"min-rating", "NUMBER"}, {"model", "NAME=RUN"}, {"name", "NAME"}, {"only-prompts", "LIST"}, {"out", "FOLDER"},
      {"prompt", "ID"}, {"prompts", "LIST"}, {"query", "SELECT"}, {"rating-scale", "LOW..HIGH"}, {"rerank", "NAME"}, {"run", "FOLDER"},
      {"select", "METRIC"}, {"separator", "NAME"}, {"set", "KEY=VALUE"}, {"source", "NAME"}, {"space", "FILE"},
      {"split", "test|valid"}, {"time-format", "FORMAT"}, {"to", "NAME"}, {"user", "KEY"}, {"users", "FILE"},
      {"weight", "LIST"}, {"where", "RULES"}};
  // clang-format on
  const auto found = kNames.find(name);
  if (found != kNames.end()) return found->second;
  return name.ends_with("-column") ? "COLUMN" : "TEXT";
}

std::string value_name(const OptionRow& row) {
  switch (row.type) {
    case OptionType::kBoolean:
      return "";
    case OptionType::kInteger:
    case OptionType::kReal:
      return "NUMBER";
    case OptionType::kTextList:
      return "LIST";
    default:
      return row.info.choices.empty() ? value_name(row.info.flag) : "NAME";
  }
}

// A whole number, also one written as 1e3.
std::int64_t whole_number(const std::string& flag, const std::string& text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  if (const auto [last, code] = std::from_chars(text.data(), end, number); code == std::errc() && last == end) {
    return number;
  }
  double real = 0;
  const auto [last, code] = std::from_chars(text.data(), end, real);
  constexpr double kExact = 9007199254740992;  // up to here doubles hold every whole number
  if (code != std::errc() || last != end || std::trunc(real) != real || !(std::abs(real) <= kExact)) {
    throw usage_error(flag, {.expected = "a whole number", .got = "'" + text + "'"});
  }
  return static_cast<std::int64_t>(real);
}

std::string dashed(const std::string& name) { return (name.size() == 1 ? "-" : "--") + name; }

// "-k" and "--k": an argument of one letter has both.
std::vector<std::string> names_of(const Argument& argument) {
  std::vector<std::string> names = {dashed(argument.name)};
  if (argument.name.size() == 1) names.push_back("--" + argument.name);
  for (const std::string& other : argument.also) names.push_back(dashed(other));
  return names;
}

void check_choice(const std::string& flag, const std::string& value, const std::vector<std::string>& choices) {
  if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  throw usage_error(flag, {.expected = fmt::format("one of {}", fmt::join(choices, ", ")), .got = "'" + value + "'"});
}

Flag choice_flag(std::string name, std::string help, std::vector<std::string> choices, std::string* field) {
  return {.section = Flag::Section::kGlobal,
          .names = {std::move(name)},
          .help = std::move(help),
          .value = "NAME",
          .choices = choices,
          .takes = Flag::Takes::kOne,
          .set = [field, choices](const std::string& flag, const std::string& value) {
            check_choice(flag, value, choices);
            *field = value;
          }};
}

std::string flag_of(const Argument& argument) {
  const bool positional = argument.kind == Argument::Kind::kPositional || argument.kind == Argument::Kind::kPositionals;
  return positional ? argument.name : dashed(argument.name);
}

}  // namespace

std::vector<Flag> global_flags(GlobalOptions& global) {
  std::vector<Flag> flags;
  flags.push_back({.section = Flag::Section::kGlobal,
                   .names = {"-q", "--quiet"},
                   .help = "no progress; warnings and errors only",
                   .set = [&global](const std::string&, const std::string&) { global.quiet = true; }});
  flags.push_back(choice_flag("--log-level", "least important messages that are shown (default info)",
                              {"debug", "info", "warning", "error", "off"}, &global.log_level));
  flags.push_back(choice_flag("--log-format", "messages for people, or one JSON object per line (default text)",
                              {"text", "json"}, &global.log_format));
  flags.push_back(
      choice_flag("--progress",
                  "how progress is shown: auto is a bar on a terminal and a line every ten seconds elsewhere "
                  "(default auto)",
                  {"auto", "bar", "lines", "off"}, &global.progress));
  return flags;
}

void PendingOptions::apply(OptionTable& table) const {
  for (const auto& file : config_files) table.load_toml_file(file);
  table.load_environment();
  for (const auto& assignment : assignments) table.set_assignment(assignment);
  for (const auto& [key, value] : flags) table.set(key, value, "--" + table.find(key)->info.flag);
}

Command::Command(Verb& verb, GlobalOptions& global) : verb_(&verb), name_(verb.name()) {
  for (const Argument& argument : verb.arguments()) add(argument);
  if (verb.options() != nullptr) add_options(*verb.options());
  for (Flag& flag : global_flags(global)) flags_.push_back(std::move(flag));
}

void Command::add(const Argument& argument) {
  using Kind = Argument::Kind;
  Flag flag{.names = names_of(argument),
            .help = argument.help,
            .value = argument.value.empty() ? value_name(argument.name) : argument.value,
            .choices = argument.choices,
            .takes = Flag::Takes::kOne,
            .required = argument.required,
            .instead_of_repeating = argument.instead_of_repeating};
  switch (argument.kind) {
    case Kind::kPositional:
    case Kind::kPositionals:
      flag.names = {argument.name};
      flag.positional = true;
      break;
    case Kind::kInteger:
      flag.value = "NUMBER";
      break;
    case Kind::kSwitch:
      flag.value.clear();
      break;
    default:
      break;
  }
  if (argument.kind == Kind::kSwitch) {
    flag.takes = Flag::Takes::kNothing;
    flag.set = [given = argument.given](const std::string&, const std::string&) { *given = true; };
  } else if (argument.kind == Kind::kInteger) {
    flag.set = [number = argument.integer](const std::string& name, const std::string& value) {
      *number = whole_number(name, value);
    };
  } else if (argument.texts != nullptr) {
    flag.takes = argument.kind == Kind::kRepeated ? Flag::Takes::kOneEachTime : Flag::Takes::kAllThatFollow;
    flag.set = [texts = argument.texts](const std::string&, const std::string& value) { texts->push_back(value); };
  } else {
    flag.set = [text = argument.text, given = argument.given, choices = argument.choices](const std::string& name,
                                                                                          const std::string& value) {
      check_choice(name, value, choices);
      *text = value;
      if (given != nullptr) *given = true;
    };
  }
  flags_.push_back(std::move(flag));
}

void Command::add_options(const OptionTable& table) {
  for (const OptionRow& row : table.rows()) {
    // Of a verb with several tables, the first row that names a flag has it.
    if (row.info.flag.empty() || find("--" + row.info.flag) != nullptr) continue;
    flags_.push_back({.section = Flag::Section::kOptions,
                      .names = {"--" + row.info.flag},
                      .off = row.type == OptionType::kBoolean ? "--no-" + row.info.flag : "",
                      .help = fmt::format("{} ({}, default {})", row.info.help, row.key, row.default_text),
                      .value = value_name(row),
                      .choices = row.info.choices,
                      .takes = row.type == OptionType::kBoolean ? Flag::Takes::kNothing : Flag::Takes::kOne,
                      .shown = verb_->offers(row),
                      .set = [this, key = row.key](const std::string&, const std::string& value) {
                        pending_.flags.emplace_back(key, value);
                      }});
  }
  flags_.push_back(
      {.section = Flag::Section::kSettings,
       .names = {"-c", "--config"},
       .help = "TOML file of options; may be repeated, later files win",
       .value = "FILE",
       .takes = Flag::Takes::kOneEachTime,
       .set = [this](const std::string&, const std::string& value) { pending_.config_files.push_back(value); }});
  flags_.push_back(
      {.section = Flag::Section::kSettings,
       .names = {"--set"},
       .help = "any option by its key, such as --set split.seed=7; may be repeated",
       .value = "KEY=VALUE",
       .takes = Flag::Takes::kOneEachTime,
       .set = [this](const std::string&, const std::string& value) { pending_.assignments.push_back(value); }});
}

const Flag* Command::find(const std::string& name) const {
  for (const Flag& flag : flags_) {
    if (!flag.positional && std::find(flag.names.begin(), flag.names.end(), name) != flag.names.end()) return &flag;
    if (!flag.off.empty() && flag.off == name) return &flag;
  }
  return nullptr;
}

int Command::run() {
  if (verb_->options() != nullptr) pending_.apply(*verb_->options());
  install_interrupt_handlers();
  install_lost_file_handler();
  try {
    const int code = verb_->run();
    return code == 0 && interrupt_requested() != 0 ? 128 + interrupt_requested() : code;
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    // The library names the fields of a request ("request.user"), which are flags here.
    std::string text = error.what();
    for (const Argument& argument : verb_->arguments()) {
      const std::string field = "request." + argument.name;
      for (std::size_t at = 0; (at = text.find(field)) != std::string::npos;) {
        text.replace(at, field.size(), flag_of(argument));
      }
    }
    throw Error(error.code(), error.subject(), text);
  }
}

}  // namespace p5::cli
