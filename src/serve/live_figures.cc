#include "serve/live_figures.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace p5 {
namespace {

using Json = nlohmann::json;

Json number_json(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json drift_json(const LiveEvaluation::Drift& drift) {
  Json bins = Json::array();
  for (std::size_t bin = 0; bin < drift.bins.size(); ++bin) {
    bins.push_back(
        {{"name", drift.names.at(bin)}, {"expected", drift.bins[bin].expected}, {"live", drift.bins[bin].live}});
  }
  return {{"of", drift.of}, {"values", drift.values}, {"index", number_json(drift.index)}, {"bins", std::move(bins)}};
}

}  // namespace

Json figures_json(const LiveEvaluation::Figures& figures) {
  Json metrics = Json::object(), models = Json::array(), calibration = Json::array(), drift = Json::array();
  for (const auto& [name, value] : figures.metrics) metrics[std::string(name)] = number_json(value);
  for (const LiveEvaluation::Hits& hits : figures.models) {
    models.push_back({{"name", hits.model},
                      {"version", hits.version},
                      {"lists", hits.lists},
                      {"hit_rate", hits.hit_rate},
                      {"error", hits.error},
                      {"mrr", hits.mrr}});
  }
  for (const LiveEvaluation::CalibrationBin& bin : figures.calibration) {
    calibration.push_back({{"items", bin.items}, {"share", bin.share}, {"taken", bin.taken}});
  }
  for (const LiveEvaluation::Drift& each : figures.drifts) drift.push_back(drift_json(each));
  return {{"lists", figures.lists},
          {"waiting", figures.waiting},
          {"joined", figures.joined},
          {"strangers", figures.strangers},
          {"metrics", std::move(metrics)},
          {"models", std::move(models)},
          {"calibration", std::move(calibration)},
          {"drift", std::move(drift)}};
}

Json alarms_json(std::span<const AlarmBook::Alarm> alarms) {
  Json list = Json::array();
  for (const AlarmBook::Alarm& alarm : alarms) {
    list.push_back({{"name", alarm.rule.name},
                    {"rule", alarm.rule.text()},
                    {"on", alarm.on},
                    {"value", number_json(alarm.value)},
                    {"since_ms", alarm.since_ms},
                    {"fired", alarm.fired}});
  }
  return list;
}

std::vector<LiveGauge> live_gauges(const LiveEvaluation::Figures& figures, std::span<const AlarmBook::Alarm> alarms) {
  std::vector<LiveGauge> gauges;
  const auto add = [&](std::string name, std::string help, std::map<std::string, std::string> labels, double value) {
    gauges.push_back({std::move(name), std::move(help), std::move(labels), value});
  };
  for (const LiveEvaluation::Hits& hits : figures.models) {
    const std::map<std::string, std::string> labels{{"model", hits.model}, {"version", std::to_string(hits.version)}};
    add("p5_live_lists", "Newest lists whose feedback has had its time", labels, static_cast<double>(hits.lists));
    add("p5_live_hit_rate", "Share of the newest lists from which an item was taken", labels, hits.hit_rate);
    add("p5_live_mrr", "Mean of 1 / place of the first item that was taken", labels, hits.mrr);
  }
  for (const auto& [name, value] : figures.metrics) {
    if (!value || name == "hit_rate" || name == "mrr" || name.ends_with("_drift")) continue;
    add("p5_live_" + std::string(name), "See docs/online.md, figures while it serves", {}, *value);
  }
  for (const LiveEvaluation::Drift& drift : figures.drifts) {
    if (drift.index)
      add("p5_live_drift", "Population stability index against the training", {{"of", drift.of}}, *drift.index);
  }
  add("p5_live_feedback_joined", "Events that name a list of the window", {}, static_cast<double>(figures.joined));
  add("p5_live_feedback_strangers", "Events that name a list that the window does not have", {},
      static_cast<double>(figures.strangers));
  for (const AlarmBook::Alarm& alarm : alarms) {
    add("p5_alarm", "1 while an alarm is on", {{"alarm", alarm.rule.name}}, alarm.on ? 1 : 0);
    add("p5_alarm_fired", "How often an alarm went on", {{"alarm", alarm.rule.name}}, static_cast<double>(alarm.fired));
  }
  return gauges;
}

}  // namespace p5
