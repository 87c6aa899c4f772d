#include "online/alarm_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/did_you_mean.h"
#include "base/file.h"
#include "base/toml_text.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::uint64_t kFileLimit = 1 << 20;

// One [[alarm]] table.
class RuleReader {
 public:
  RuleReader(const toml::table& table, std::string file) : table_(table), file_(std::move(file)) {}

  AlarmRule read(std::span<const std::string_view> metrics) const {
    refuse_unknown_keys();
    AlarmRule rule{.metric = text("metric")};
    if (std::ranges::find(metrics, rule.metric) == metrics.end()) {
      const std::vector<std::string> known(metrics.begin(), metrics.end());
      throw usage_error("unknown metric '" + rule.metric + "'" + one_of(rule.metric, known),
                        {.where = place("metric")});
    }
    const std::string comparison = text("comparison");
    if (comparison != "below" && comparison != "above") {
      throw bad("comparison", "\"below\" or \"above\"", "\"" + comparison + "\"");
    }
    rule.comparison = comparison == "below" ? AlarmRule::Comparison::kBelow : AlarmRule::Comparison::kAbove;
    rule.threshold = number("threshold");
    rule.for_s = table_.contains("for_s") ? number("for_s") : 0;
    if (rule.for_s < 0) throw bad("for_s", "seconds, 0 or more", fmt::format("{}", rule.for_s));
    rule.name = table_.contains("name") ? text("name") : rule.metric;
    if (rule.name.empty()) throw bad("name", "a text", "\"\"");
    return rule;
  }

  std::string place(std::string_view key) const {
    const toml::node* node = table_.get(key);
    return fmt::format("{}:{}", file_, (node == nullptr ? table_.source() : node->source()).begin.line);
  }

 private:
  static constexpr std::array<std::string_view, 5> kKeys{"name", "metric", "comparison", "threshold", "for_s"};

  void refuse_unknown_keys() const {
    for (const auto& [key, node] : table_) {
      if (std::ranges::find(kKeys, key.str()) != kKeys.end()) continue;
      const std::string name(key.str());
      throw usage_error("unknown key '" + name + "'" + one_of(name, {kKeys.begin(), kKeys.end()}),
                        {.where = fmt::format("{}:{}", file_, key.source().begin.line)});
    }
  }

  Error bad(std::string_view key, std::string expected, std::string got) const {
    return usage_error(fmt::format("bad value of '{}'", key),
                       {.where = place(key), .expected = std::move(expected), .got = std::move(got)});
  }

  const toml::node& needed(std::string_view key) const {
    if (const toml::node* node = table_.get(key)) return *node;
    throw usage_error(fmt::format("an alarm lacks '{}'", key), {.where = place(key)});
  }

  std::string text(std::string_view key) const {
    if (const auto value = needed(key).value_exact<std::string>()) return *value;
    throw bad(key, "a text", "something else");
  }

  double number(std::string_view key) const {
    const toml::node& node = needed(key);
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    if (value && std::isfinite(*value)) return *value;
    throw bad(key, "a number", "something else");
  }

  const toml::table& table_;
  std::string file_;
};

}  // namespace

std::string AlarmRule::text() const {
  return fmt::format("{} {} {:g}{}", metric, comparison == Comparison::kBelow ? "below" : "above", threshold,
                     for_s > 0 ? fmt::format(" for {:g} s", for_s) : "");
}

bool AlarmRule::holds(double value) const {
  return comparison == Comparison::kBelow ? value < threshold : value > threshold;
}

std::vector<AlarmRule> read_alarm_rules(const std::filesystem::path& file, std::span<const std::string_view> metrics) {
  const toml::table root = parse_toml(read_file(file, kFileLimit), file.string(), ErrorSubject::kRequest);
  for (const auto& [key, node] : root) {
    if (key.str() == "alarm") continue;
    throw usage_error("unknown key '" + std::string(key.str()) + "'",
                      {.where = fmt::format("{}:{}", file.string(), key.source().begin.line), .expected = "[[alarm]]"});
  }
  const toml::array* tables = root["alarm"].as_array();
  if (tables == nullptr || tables->empty()) {
    throw usage_error("no alarms", {.where = file.string(), .expected = "[[alarm]] tables"});
  }
  std::vector<AlarmRule> rules;
  for (const toml::node& node : *tables) {
    if (!node.is_table()) {
      throw usage_error("an alarm is not a table",
                        {.where = fmt::format("{}:{}", file.string(), node.source().begin.line)});
    }
    const RuleReader reader(*node.as_table(), file.string());
    AlarmRule rule = reader.read(metrics);
    if (std::ranges::find(rules, rule.name, &AlarmRule::name) != rules.end()) {
      throw usage_error("two alarms have one name", {.where = reader.place("name"), .got = "'" + rule.name + "'"});
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

AlarmBook::AlarmBook(std::vector<AlarmRule> rules) {
  for (AlarmRule& rule : rules) alarms_.push_back({.rule = std::move(rule)});
}

std::vector<AlarmBook::Alarm> AlarmBook::look(
    const std::function<std::optional<double>(std::string_view metric)>& value, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  std::vector<Alarm> changed;
  for (Alarm& alarm : alarms_) {
    alarm.value = value(alarm.rule.metric);
    const bool holds = alarm.value && alarm.rule.holds(*alarm.value);
    if (!holds) alarm.since_ms = 0;
    if (holds && alarm.since_ms == 0) alarm.since_ms = now_ms;
    const bool on = holds && static_cast<double>(now_ms - alarm.since_ms) >= alarm.rule.for_s * 1000;
    if (on == alarm.on) continue;
    alarm.on = on;
    if (on) ++alarm.fired;
    changed.push_back(alarm);
  }
  return changed;
}

std::vector<AlarmBook::Alarm> AlarmBook::alarms() const {
  const std::lock_guard lock(mutex_);
  return alarms_;
}

}  // namespace p5
