#include "policy/answer_log_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "policy/log_lines.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

// "marginal" is for answers of other programs; those of p5 are given the items above.
PropensityKind kind_of(const Json& object) {
  return text_in(object, "propensities") == "marginal" ? PropensityKind::kOfPlace : PropensityKind::kGivenAbove;
}

// 0 where there is no whole number.
std::int64_t whole_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

LoggedDecision decision_of(const Json& object) {
  LoggedDecision decision{.id = text_in(object, "request_id"),
                          .user = text_in(object, "user"),
                          .history = texts_in(object, "history"),
                          .kind = kind_of(object),
                          .eligible = texts_in(object, "candidates"),
                          .exclude = texts_in(object, "exclude"),
                          .available = texts_in(object, "available"),
                          .where = text_in(object, "where")};
  decision.time_ms = whole_in(object, "time_ms");
  decision.k = whole_in(object, "k");
  if (const auto seen = object.find("keep_seen"); seen != object.end() && seen->is_boolean()) {
    decision.keep_seen = seen->get<bool>();
  }
  if (const auto items = object.find("items"); items != object.end() && items->is_array()) {
    for (const Json& item : *items) {
      if (!item.is_object()) continue;
      decision.shown.push_back({.item = text_in(item, "item"), .propensity = number_in(item, "propensity")});
    }
  }
  return decision;
}

}  // namespace

void read_answer_log(const std::filesystem::path& file, DecisionLog& log) {
  log.format = "answers";
  DecisionCollector collector(log);
  each_object(file, log.problems, [&](const Json& object, const std::string& where) {
    if (text_in(object, "request_id").empty() || !object.contains("items")) {
      log.problems.count("no answer: 'request_id' and 'items' are needed", where);
      return;
    }
    collector.add(decision_of(object), where);
  });
}

void join_feedback(std::span<const FeedbackEvent> events, const RewardRules& rules, DecisionLog& log) {
  std::unordered_map<std::string_view, LoggedDecision*> by_id;
  for (LoggedDecision& decision : log.decisions) by_id.emplace(decision.id, &decision);
  std::unordered_set<std::string_view> taken;
  for (const FeedbackEvent& event : events) {
    const std::string where = fmt::format("feedback {}", event.id);
    const std::optional<double> reward = rules.of(event);
    if (!reward) continue;  // a type that is worth nothing
    if (!event.id.empty() && !taken.insert(event.id).second) {
      log.problems.count("feedback twice", where);
      continue;
    }
    const auto found = by_id.find(event.request_id);
    if (found == by_id.end()) {
      log.problems.count("feedback of no answer of the log", where, event.request_id);
      continue;
    }
    LoggedDecision& decision = *found->second;
    const auto shown = std::ranges::find(decision.shown, event.item, &ShownItem::item);
    if (shown == decision.shown.end()) {
      log.problems.count("feedback of an item that was not shown", where, event.item);
    } else if (event.time_ms < decision.time_ms) {
      log.problems.count("feedback earlier than its answer", where);
    } else {
      shown->reward = shown->reward == 0 ? *reward : std::max(shown->reward, *reward);
    }
  }
}

}  // namespace p5
