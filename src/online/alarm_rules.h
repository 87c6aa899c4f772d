// Rules that say when somebody should look: "hit_rate below 0.02 for 10 minutes". A file of [[alarm]] tables in TOML:
//
//   [[alarm]]
//   name = "few hits"
//   metric = "hit_rate"
//   comparison = "below"   # or "above"
//   threshold = 0.02
//   for_s = 600            # 0 where it is left out: at once
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace p5 {

struct AlarmRule {
  enum class Comparison { kBelow, kAbove };
  std::string name = {};  // the metric where the file gives none
  std::string metric;
  Comparison comparison = Comparison::kBelow;
  double threshold = 0;
  double for_s = 0;
  // "hit_rate below 0.02 for 600 s"
  std::string text() const;
  bool holds(double value) const;
};

// `metrics` are the names that a rule may watch. Throws InvalidArgument that names file and line for a bad rule, an
// unknown metric or a name that comes twice, and for a file without rules.
std::vector<AlarmRule> read_alarm_rules(const std::filesystem::path& file, std::span<const std::string_view> metrics);

// Which alarms are on. Thread-safe.
class AlarmBook {
 public:
  explicit AlarmBook(std::vector<AlarmRule> rules = {});

  struct Alarm {
    AlarmRule rule;
    bool on = false;
    std::optional<double> value = {};  // the newest
    std::int64_t since_ms = 0;         // since when the rule holds; 0: it does not
    std::uint64_t fired = 0;           // how often it has gone on
  };
  // Looks at the values of now, none for a metric that says nothing, which holds no rule. Returns the alarms that went
  // on or off.
  std::vector<Alarm> look(const std::function<std::optional<double>(std::string_view metric)>& value,
                          std::int64_t now_ms);
  std::vector<Alarm> alarms() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Alarm> alarms_;
};

}  // namespace p5
