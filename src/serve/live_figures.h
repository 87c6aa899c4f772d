// The figures of the live evaluation and the alarms, as JSON for the status and as gauges for Prometheus. Thread-safe:
// free functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <vector>

#include "online/alarm_rules.h"
#include "online/live_evaluation.h"
#include "serve/server_metrics.h"

namespace p5 {

// {"lists", "waiting", "joined", "strangers", "metrics": {name: value or null}, "models": [{"name", "version", "lists",
// "hit_rate", "error", "mrr"}], "calibration": [{"items", "share", "taken"}], "drift": [{"of", "values", "index",
// "bins": [{"name", "expected", "live"}]}]}
nlohmann::json figures_json(const LiveEvaluation::Figures& figures);
// [{"name", "rule", "on", "value", "since_ms", "fired"}]
nlohmann::json alarms_json(std::span<const AlarmBook::Alarm> alarms);
std::vector<LiveGauge> live_gauges(const LiveEvaluation::Figures& figures, std::span<const AlarmBook::Alarm> alarms);

}  // namespace p5
