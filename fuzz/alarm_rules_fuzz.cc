// Files of alarm rules of p5 serve.
#include "online/alarm_rules.h"

#include <array>

#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::string_view, 2> kMetrics{"hit_rate", "coverage"};
  const auto path = p5::fuzz::input_file("alarms.toml", {reinterpret_cast<const char*>(data), size});
  try {
    for (const p5::AlarmRule& rule : p5::read_alarm_rules(path, kMetrics)) {
      p5::fuzz::require(!rule.name.empty() && std::isfinite(rule.threshold) && rule.for_s >= 0, "rules can be checked");
    }
  } catch (const p5::Error&) {
  }
  std::filesystem::remove(path);
  return 0;
}
