#include "base/logger.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/listener.h"
#include "base/status_line.h"
#include "base/terminal_text.h"

namespace p5 {
namespace {

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org: any value except the empty one
    const bool plain = no_color != nullptr && *no_color != '\0';
    // Not in spdlog's registry: a process may hold this code twice, and names there are unique.
    auto made =
        std::make_shared<spdlog::logger>("p5", std::make_shared<spdlog::sinks::stderr_color_sink_mt>(
                                                   plain ? spdlog::color_mode::never : spdlog::color_mode::automatic));
    made->set_pattern("%^%l%$: %v");
    return made;
  }();
  return *instance;
}

LogFormat& format() {
  static LogFormat value = LogFormat::kText;
  return value;
}

std::string json_line(spdlog::level::level_enum level, std::string_view message, LogFields fields) {
  const auto name = spdlog::level::to_string_view(level);
  nlohmann::ordered_json line{{"level", std::string(name.data(), name.size())}, {"message", message}};
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { line[std::string(field.name)] = value; }, field.value);
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void tell(WorkListener& listener, spdlog::level::level_enum level, std::string_view message, LogFields fields) {
  const std::string json = json_line(level, message, fields);
  const MessageLevel heard = level == spdlog::level::debug  ? MessageLevel::kDebug
                             : level == spdlog::level::info ? MessageLevel::kInfo
                             : level == spdlog::level::warn ? MessageLevel::kWarning
                                                            : MessageLevel::kError;
  listener.on_message({.level = heard, .text = message, .json = json});
}

void log(spdlog::level::level_enum level, std::string_view message, LogFields fields) {
  if (WorkListener* const listener = current_listener()) return tell(*listener, level, message, fields);
  if (!logger().should_log(level)) return;
  const StatusLine::Aside aside;
  if (format() == LogFormat::kText) {
    logger().log(level, "{}", terminal_lines(message));
  } else {
    logger().log(level, "{}", json_line(level, message, fields));
  }
}

}  // namespace

void set_log_level(LogLevel level) {
  static constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                          spdlog::level::warn, spdlog::level::err, spdlog::level::off};
  logger().set_level(kLevels[static_cast<int>(level)]);
}

void set_log_format(LogFormat value) {
  format() = value;
  logger().set_pattern(value == LogFormat::kText ? "%^%l%$: %v" : "%v");
}

LogFormat log_format() { return format(); }

void log_debug(std::string_view message, LogFields fields) { log(spdlog::level::debug, message, fields); }
void log_info(std::string_view message, LogFields fields) { log(spdlog::level::info, message, fields); }
void log_warning(std::string_view message, LogFields fields) { log(spdlog::level::warn, message, fields); }
void log_error(std::string_view message, LogFields fields) { log(spdlog::level::err, message, fields); }

}  // namespace p5
