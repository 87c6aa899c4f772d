#include "cli/global_options.h"

#include <map>

#include "base/logger.h"
#include "base/progress.h"

namespace p5::cli {

void GlobalOptions::apply() const {
  static const std::map<std::string, LogLevel> kLevels{{"debug", LogLevel::kDebug},
                                                       {"info", LogLevel::kInfo},
                                                       {"warning", LogLevel::kWarning},
                                                       {"error", LogLevel::kError},
                                                       {"off", LogLevel::kOff}};
  static const std::map<std::string, ProgressMode> kModes{{"auto", ProgressMode::kAuto},
                                                          {"bar", ProgressMode::kBar},
                                                          {"lines", ProgressMode::kLines},
                                                          {"off", ProgressMode::kOff}};
  set_log_level(quiet ? LogLevel::kWarning : kLevels.at(log_level));
  set_log_format(log_format == "json" ? LogFormat::kJson : LogFormat::kText);
  set_progress_mode(quiet ? ProgressMode::kOff : kModes.at(progress));
}

}  // namespace p5::cli
