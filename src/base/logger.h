// Log messages for people, on stderr; with LogFormat::kJson one object per line, for programs. Results go to stdout,
// never through here. A progress bar on the terminal is erased first and drawn again below. Where a listener hears the
// thread (p5/work_listener.h), it gets every message instead. Thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

namespace p5 {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };
enum class LogFormat { kText, kJson };

// A value that the message says in words, for programs that read JSON. Names are plain: "step", "loss".
struct LogField {
  std::string_view name;
  std::variant<std::int64_t, double, bool, std::string_view> value;
};
using LogFields = std::initializer_list<LogField>;

void set_log_level(LogLevel level);
void set_log_format(LogFormat format);
LogFormat log_format();

void log_debug(std::string_view message, LogFields fields = {});
void log_info(std::string_view message, LogFields fields = {});
void log_warning(std::string_view message, LogFields fields = {});
void log_error(std::string_view message, LogFields fields = {});

}  // namespace p5
