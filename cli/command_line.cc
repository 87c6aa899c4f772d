// From argv to a verb: flags, configuration files, environment, --set, in rising precedence.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <new>
#include <system_error>
#include <utility>

#include "base/interrupt.h"
#include "base/logger.h"
#include "base/mapped_file.h"
#include "base/progress.h"
#include "base/terminal_text.h"
#include "cli/verb.h"
#include "p5/error.h"
#include "p5/version.h"

namespace p5::cli {
namespace {

// The user's values for the option tables, applied after parsing in the order of precedence.
struct PendingOptions {
  std::vector<std::string> config_files;
  std::vector<std::string> assignments;
  std::vector<std::pair<std::string, std::string>> flags;  // key, value
};

struct GlobalOptions {
  std::string log_level = "info";
  std::string log_format = "text";
  std::string progress = "auto";
  bool quiet = false;
};

void add_global_options(CLI::App& app, GlobalOptions& global) {
  app.add_option("--log-level", global.log_level, "debug, info, warning, error or off")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}));
  app.add_option("--log-format", global.log_format, "text or json, on stderr")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--progress", global.progress, "auto, bar, lines or off")
      ->check(CLI::IsMember({"auto", "bar", "lines", "off"}));
  app.add_flag("-q,--quiet", global.quiet, "no progress, warnings and errors only");
}

void apply(const GlobalOptions& global) {
  static const std::map<std::string, LogLevel> kLevels{{"debug", LogLevel::kDebug},
                                                       {"info", LogLevel::kInfo},
                                                       {"warning", LogLevel::kWarning},
                                                       {"error", LogLevel::kError},
                                                       {"off", LogLevel::kOff}};
  static const std::map<std::string, ProgressMode> kModes{{"auto", ProgressMode::kAuto},
                                                          {"bar", ProgressMode::kBar},
                                                          {"lines", ProgressMode::kLines},
                                                          {"off", ProgressMode::kOff}};
  set_log_level(global.quiet ? LogLevel::kWarning : kLevels.at(global.log_level));
  set_log_format(global.log_format == "json" ? LogFormat::kJson : LogFormat::kText);
  set_progress_mode(global.quiet ? ProgressMode::kOff : kModes.at(global.progress));
}

void add_argument(CLI::App& app, const Argument& argument) {
  const std::string flag = "--" + argument.name;
  CLI::Option* option = nullptr;
  switch (argument.kind) {
    case Argument::Kind::kPositional:
      option = app.add_option(argument.name, *argument.text, argument.help);
      break;
    case Argument::Kind::kPositionals:
      option = app.add_option(argument.name, *argument.texts, argument.help);
      break;
    case Argument::Kind::kText:
      option = app.add_option(flag, *argument.text, argument.help);
      if (argument.given != nullptr) option->each([given = argument.given](const std::string&) { *given = true; });
      break;
    case Argument::Kind::kTexts:
      option = app.add_option(flag, *argument.texts, argument.help);
      break;
    case Argument::Kind::kRepeated:
      option = app.add_option(flag, *argument.texts, argument.help)->allow_extra_args(false);
      break;
    case Argument::Kind::kInteger:
      // Names of one letter get one dash: "-k", the length of a list.
      option = app.add_option(
          (argument.name.size() == 1 ? "-" : "--") + argument.name + (argument.also.empty() ? "" : "," + argument.also),
          *argument.integer, argument.help);
      break;
    case Argument::Kind::kSwitch:
      option = app.add_flag(flag, *argument.given, argument.help);
      break;
  }
  if (argument.required) option->required();
}

void add_table(CLI::App& app, const OptionTable& table, PendingOptions& pending) {
  app.add_option("-c,--config", pending.config_files, "TOML file of options; may be repeated, later files win");
  app.add_option("--set", pending.assignments, "key=value of any option in docs/options.md; may be repeated")
      ->allow_extra_args(false);
  for (const OptionRow& row : table.rows()) {
    if (row.info.flag.empty()) continue;
    const std::string key = row.key, name = "--" + row.info.flag;
    if (app.get_option_no_throw(name) != nullptr) continue;  // a verb with several tables: the first row has the flag
    const std::string help = fmt::format("{} ({} = {})", row.info.help, row.key, row.default_text);
    if (row.type == OptionType::kBoolean) {
      app.add_flag_function(
          name + "{true},--no-" + row.info.flag + "{false}",
          [&pending, key](std::int64_t count) { pending.flags.emplace_back(key, count > 0 ? "true" : "false"); }, help);
    } else {
      app.add_option_function<std::string>(
          name, [&pending, key](const std::string& value) { pending.flags.emplace_back(key, value); }, help);
    }
  }
}

void apply(const PendingOptions& pending, OptionTable& table) {
  for (const auto& file : pending.config_files) table.load_toml_file(file);
  table.load_environment();
  for (const auto& assignment : pending.assignments) table.set_assignment(assignment);
  for (const auto& [key, value] : pending.flags) table.set(key, value, "--" + table.find(key)->info.flag);
}

CLI::App* command_for(CLI::App& root, const std::string& name, const std::string& summary) {
  const auto space = name.find(' ');
  if (space == std::string::npos) return root.add_subcommand(name, summary);
  const std::string group = name.substr(0, space);
  const auto groups = root.get_subcommands([&](const CLI::App* app) { return app->get_name() == group; });
  CLI::App* parent = groups.empty() ? nullptr : groups.front();
  if (parent == nullptr) {
    parent = root.add_subcommand(group, "see p5 " + group + " --help");
    parent->require_subcommand(1);
  }
  return parent->add_subcommand(name.substr(space + 1), summary);
}

// "p5 bench train": a verb with its group.
std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return (parent == nullptr ? "" : full_name(*parent) + " ") + command.get_name();
}

// Whatever happens to stderr, and however little memory is left, the exit code is that of the original error.
int fail(int code, const char* kind, const char* message) noexcept {
  try {
    std::fprintf(stderr, "%s%s\n", kind, terminal_text(message).c_str());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "%sout of memory\n", kind);
  }
  return code;
}

// CLI11's words for a value of the wrong kind and for a flag that is given twice, in ours.
std::string in_our_words(const CLI::App& scope, const CLI::ParseError& error) {
  const std::string text = error.what();
  const auto conversion = text.find(" = ");
  constexpr std::string_view kCould = "Could not convert: ";
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr && text.starts_with(kCould) &&
      conversion != std::string::npos) {
    return fmt::format("{}: expected a whole number, got '{}'", text.substr(kCould.size(), conversion - kCould.size()),
                       text.substr(conversion + 3));
  }
  const auto most = text.find(": At Most 1 required but received ");
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) == nullptr || most == std::string::npos) return text;
  const std::string flag = text.substr(0, most);
  const bool many = scope.get_option_no_throw(flag + "s") != nullptr;
  return fmt::format("{} is given more than once{}", flag, many ? fmt::format("; for many see {}s", flag) : "");
}

// CLI11 names the unknown word; we add the nearest flag or verb.
int report_parse_error(const CLI::App& root, const CLI::App* command, const CLI::ParseError& error) {
  const CLI::App& scope = command != nullptr ? *command : root;
  std::string message = in_our_words(scope, error);
  std::vector<std::string> known;
  for (const auto* option : scope.get_options()) {
    for (const auto& name : option->get_lnames()) known.push_back("--" + name);
  }
  for (const auto* sub : scope.get_subcommands([](const CLI::App*) { return true; })) known.push_back(sub->get_name());
  const auto extras = scope.remaining();
  const auto nearest = extras.empty() ? std::nullopt : nearest_name(extras.front(), known);
  if (!extras.empty()) message = "unknown argument '" + extras.front() + "'";
  if (nearest) message += "; perhaps '" + *nearest + "'";
  fail(2, "error: ", message.c_str());
  std::fprintf(stderr, "  see: %s --help\n", full_name(scope).c_str());
  return 2;
}

std::string flag_of(const Argument& argument) {
  const bool positional = argument.kind == Argument::Kind::kPositional || argument.kind == Argument::Kind::kPositionals;
  return (positional ? "" : argument.name.size() == 1 ? "-" : "--") + argument.name;
}

// The library names the fields of a request ("request.user"), which are flags here.
int run_in_flags(Verb& verb) {
  try {
    return verb.run();
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    std::string text = error.what();
    for (const Argument& argument : verb.arguments()) {
      const std::string field = "request." + argument.name;
      for (std::size_t at = 0; (at = text.find(field)) != std::string::npos;) {
        text.replace(at, field.size(), flag_of(argument));
      }
    }
    throw Error(error.code(), error.subject(), text);
  }
}

// The exit code of `body`, and the message of what it throws.
template <typename Body>
int guarded(Body&& body) noexcept {
  try {
    const int code = std::forward<Body>(body)();
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw system_error("cannot write to stdout");
    return code;
  } catch (const Interrupted& stop) {
    return fail(interrupt_requested() != 0 ? 128 + interrupt_requested() : exit_code_of(stop), "error: ", stop.what());
  } catch (const Error& error) {  // also from a failed save after a signal: its exit code must not mean "saved"
    return fail(exit_code_of(error), "error: ", error.what());
  } catch (const std::bad_alloc&) {
    return fail(5, "error: ", "out of memory");
  } catch (const std::system_error& error) {
    return fail(5, "error: ", error.what());
  } catch (const std::exception& error) {
    return fail(1, "error: internal: ", error.what());
  } catch (...) {
    return fail(1, "error: internal: ", "an unknown exception");
  }
}

int run_verb(Verb& verb, const PendingOptions& pending) {
  if (verb.options() != nullptr) apply(pending, *verb.options());
  install_interrupt_handlers();
  install_lost_file_handler();
  const int code = run_in_flags(verb);
  return code == 0 && interrupt_requested() != 0 ? 128 + interrupt_requested() : code;
}

// If the caller closed a stream, the next file that is opened would get its number, and output to the stream would go
// into that file. Reading stdin and writing to stdout still fail as on a closed stream; stderr is lost.
void occupy_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    const bool closed = ::fcntl(stream, F_GETFD) == -1 && errno == EBADF;
    if (closed) ::open("/dev/null", stream == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
  }
}

int parse_and_run(int argc, const char* const* argv) {
  CLI::App root("p5: one model for every recommendation task, asked through prompts");
  root.name("p5");
  root.require_subcommand(1);
  root.set_help_all_flag("--help-all", "help of every verb");
  root.set_version_flag("--version", "p5 " + std::string(kVersion));
  GlobalOptions global;

  auto verbs = all_verbs();
  std::vector<PendingOptions> pending(verbs.size());
  std::vector<CLI::App*> commands;
  for (std::size_t i = 0; i < verbs.size(); ++i) {
    CLI::App* command = command_for(root, verbs[i]->name(), verbs[i]->summary());
    command->footer("Examples:\n" + verbs[i]->examples());
    for (const Argument& argument : verbs[i]->arguments()) add_argument(*command, argument);
    if (verbs[i]->options() != nullptr) add_table(*command, *verbs[i]->options(), pending[i]);
    add_global_options(*command, global);
    commands.push_back(command);
  }
  try {
    root.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    for (CLI::App* command : commands) {
      if (command->parsed()) return fmt::print("{}", command->help(full_name(*command->get_parent()))), 0;
    }
    return fmt::print("{}", root.help()), 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return root.exit(error);
    for (CLI::App* command : commands) {
      if (command->parsed()) return report_parse_error(root, command, error);
    }
    return report_parse_error(root, nullptr, error);
  }
  apply(global);
  for (std::size_t i = 0; i < verbs.size(); ++i) {
    if (commands[i]->parsed()) return run_verb(*verbs[i], pending[i]);
  }
  return 2;
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  occupy_closed_streams();
  return guarded([&] { return parse_and_run(argc, argv); });
}

}  // namespace p5::cli
