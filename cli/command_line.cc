// From argv to a verb: which command, its page of help, or its run, with an exit code for whatever happens.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/did_you_mean.h"
#include "base/interrupt.h"
#include "base/logger.h"
#include "base/terminal_text.h"
#include "base/text_layout.h"
#include "cli/command_list.h"
#include "cli/command_parser.h"
#include "cli/help_page.h"
#include "cli/sagemaker.h"
#include "cli/verb.h"
#include "p5/error.h"
#include "p5/version.h"

namespace p5::cli {
namespace {

// Whatever happens to stderr, and however little memory is left, the exit code is that of the original error.
int fail(int code, const char* kind, const char* message) noexcept {
  try {
    if (log_format() == LogFormat::kText) {
      std::fprintf(stderr, "%s%s\n", kind, terminal_lines(message).c_str());
    } else {
      log_error(message, {{"exit_code", static_cast<std::int64_t>(code)}});
    }
  } catch (...) {  // out of memory: the exit code still says what happened
    std::fprintf(stderr, "%sout of memory\n", kind);
  }
  return code;
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

// If the caller closed a stream, the next file that is opened would get its number, and output to the stream would go
// into that file. Reading stdin and writing to stdout still fail as on a closed stream; stderr is lost.
void occupy_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    const bool closed = ::fcntl(stream, F_GETFD) == -1 && errno == EBADF;
    if (closed) ::open("/dev/null", stream == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
  }
}

using Words = std::span<const std::string>;

// Wider lines are harder to read.
std::size_t help_width() {
  constexpr std::size_t kMost = 120;
  return std::min(terminal_width(STDOUT_FILENO), kMost);
}

int print(const std::string& text) {
  fmt::print("{}", text);
  return 0;
}

// `p5 help WORDS`: the page of a topic, a family or a verb.
std::string help_on(const CommandList& commands, Words words) {
  const std::size_t width = help_width();
  if (words.empty() || words.front().starts_with('-')) return overview_page(commands, width);
  if (words.front() == kLoggingTopic) return logging_page(width);
  const CommandList::Named named = commands.named_by(words);
  if (named.command != nullptr) return command_page(*named.command, width);
  return family_page(words.front(), named.family, width);
}

// What the program prints without running a verb, if the words ask for that.
std::optional<std::string> page_asked_for(const CommandList& commands, Words words) {
  if (words.empty()) return help_on(commands, {});
  const std::string& first = words.front();
  if (first == "-h" || first == "--help") return help_on(commands, {});
  if (first == "help") return help_on(commands, words.subspan(1));
  if (first == "--version") return fmt::format("p5 {}\n", kVersion);
  if (first == "--help-all") {
    std::string pages;
    for (const Command* command : commands.all()) pages += command_page(*command, help_width()) + "\n\n";
    return pages;
  }
  if (first.starts_with('-')) {
    throw usage_error("unknown option '" + first + "'" + did_you_mean(first, {"--help", "--help-all", "--version"}));
  }
  return std::nullopt;
}

// The number of global options, with their values, at the beginning.
std::size_t take_global(Words words, GlobalOptions& global) {
  const std::vector<Flag> flags = global_flags(global);
  std::size_t at = 0;
  for (; at < words.size() && words[at].starts_with("-"); ++at) {
    const std::string name = words[at].substr(0, words[at].find('='));
    const auto flag = std::find_if(flags.begin(), flags.end(), [&name](const Flag& each) {
      return std::find(each.names.begin(), each.names.end(), name) != each.names.end();
    });
    if (flag == flags.end()) break;
    if (flag->takes == Flag::Takes::kNothing) {
      flag->set(name, "true");
    } else if (words[at] != name) {
      flag->set(name, words[at].substr(name.size() + 1));
    } else if (++at < words.size()) {
      flag->set(name, words[at]);
    } else {
      throw usage_error(name + " needs a value: " + flag->value);
    }
  }
  return at;
}

int parse_and_run(Words words) {
  GlobalOptions global;
  const CommandList commands(global);
  std::string help = "p5 --help";
  CommandList::Named named;
  try {
    words = words.subspan(take_global(words, global));
    if (const auto page = page_asked_for(commands, words)) return print(*page);
    named = commands.named_by(words);
    if (named.command == nullptr) return print(family_page(words.front(), named.family, help_width()));
    help = "p5 " + named.command->name() + " --help";
    if (parse_words(*named.command, words.subspan(named.words)) == Parsed::kHelpAsked) {
      return print(command_page(*named.command, help_width()));
    }
  } catch (const Error& error) {
    return fail(exit_code_of(error), "error: ", fmt::format("{}\n  see: {}", error.what(), help).c_str());
  }
  global.apply();
  return named.command->run();
}

int run_for_sagemaker(const SageMakerJob& job) {
  try {
    return job.run();
  } catch (const std::exception& error) {
    job.explain_failure(error.what());
    throw;
  }
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  occupy_closed_streams();
  return guarded([&] {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    if (const auto job = SageMakerJob::asked_for(words)) return run_for_sagemaker(*job);
    return parse_and_run(words);
  });
}

}  // namespace p5::cli
