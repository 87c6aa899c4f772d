#include "policy/dsjson_reader.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "policy/log_lines.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

const Json* member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::vector<std::string> action_keys(const Json& object) {
  std::vector<std::string> keys;
  const Json* context = member(object, "c");
  const Json* actions = context == nullptr || !context->is_object() ? nullptr : member(*context, "_multi");
  if (actions == nullptr || !actions->is_array()) return keys;
  for (const Json& action : *actions) {
    std::string key = action.is_object() ? text_in(action, "_tag") : "";
    if (key.empty() && action.is_object()) key = text_in(action, "id");
    keys.push_back(key.empty() ? std::to_string(keys.size() + 1) : std::move(key));
  }
  return keys;
}

// The key of an action by its number from 0; a number beyond the actions that are listed is its own key.
std::string key_of(const std::vector<std::string>& keys, std::int64_t action) {
  return action >= 0 && static_cast<std::size_t>(action) < keys.size() ? keys[static_cast<std::size_t>(action)]
                                                                       : std::to_string(action + 1);
}

std::optional<std::int64_t> whole_number(const Json* value) {
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  return value->get<std::int64_t>();
}

std::optional<ShownItem> shown_action(const Json& object, const std::vector<std::string>& keys) {
  const auto action = whole_number(member(object, "_label_Action"));
  if (!action) return std::nullopt;
  return ShownItem{.item = key_of(keys, *action - 1),
                   .propensity = number_in(object, "_label_probability"),
                   .reward = -number_in(object, "_label_cost")};
}

// The first of a slot's actions is the one that was shown.
std::optional<ShownItem> shown_in_slot(const Json& slot, const std::vector<std::string>& keys) {
  const Json* actions = slot.is_object() ? member(slot, "_a") : nullptr;
  const Json* probabilities = slot.is_object() ? member(slot, "_p") : nullptr;
  if (actions == nullptr || !actions->is_array() || actions->empty()) return std::nullopt;
  const auto action = whole_number(&actions->front());
  if (!action) return std::nullopt;
  const bool given = probabilities != nullptr && probabilities->is_array() && !probabilities->empty() &&
                     probabilities->front().is_number();
  return ShownItem{.item = key_of(keys, *action),
                   .propensity = given ? probabilities->front().get<double>() : std::nan(""),
                   .reward = -number_in(slot, "_label_cost")};
}

// Whether "p" says of the action that was shown what "_label_probability" says.
bool agrees_with_list(const Json& object, double propensity) {
  const Json* actions = member(object, "a");
  const Json* probabilities = member(object, "p");
  const auto shown = whole_number(member(object, "_label_Action"));
  if (actions == nullptr || probabilities == nullptr || !actions->is_array() || !probabilities->is_array()) return true;
  for (std::size_t i = 0; i < std::min(actions->size(), probabilities->size()); ++i) {
    if (whole_number(&(*actions)[i]) != shown || !(*probabilities)[i].is_number()) continue;
    return std::abs((*probabilities)[i].get<double>() - propensity) <= 1e-4;
  }
  return true;
}

bool is_true(const Json* value) { return value != nullptr && value->is_boolean() && value->get<bool>(); }

// Why the line is no decision to learn from; null where it is one.
const char* reason_against(const Json& object) {
  if (is_true(member(object, "_skipLearn")) || is_true(member(object, "skipLearn"))) return "not for learning";
  if (number_in(object, "pdrop") > 0) return "a log that was thinned (pdrop)";
  if (!object.contains("_label_Action") && !object.contains("_outcomes")) return "no decision";
  return nullptr;
}

LoggedDecision start_of(const Json& object, const std::vector<std::string>& keys) {
  LoggedDecision decision{.id = text_in(object, "EventId"), .eligible = keys};
  if (const Json* context = member(object, "c"); context != nullptr && context->is_object()) {
    decision.user = text_in(*context, "user");
  }
  return decision;
}

}  // namespace

bool looks_like_dsjson(std::string_view first_line) {
  return first_line.find("\"_label_cost\"") != std::string_view::npos ||
         first_line.find("\"_outcomes\"") != std::string_view::npos;
}

void read_dsjson(const std::filesystem::path& file, DecisionLog& log) {
  log.format = "dsjson";
  DecisionCollector collector(log);
  each_object(file, log.problems, [&](const Json& object, const std::string& where) {
    if (const char* reason = reason_against(object)) {
      log.problems.count(reason, where);
      return;
    }
    const std::vector<std::string> keys = action_keys(object);
    LoggedDecision decision = start_of(object, keys);
    if (const Json* slots = member(object, "_outcomes"); slots != nullptr && slots->is_array()) {
      if (decision.id.empty() && !slots->empty() && slots->front().is_object()) {
        decision.id = text_in(slots->front(), "_id");
      }
      for (const Json& slot : *slots) {
        auto shown = shown_in_slot(slot, keys);
        if (!shown) {
          log.problems.count("a slot without an action", where);
          return;
        }
        decision.shown.push_back(std::move(*shown));
      }
    } else if (auto shown = shown_action(object, keys)) {
      if (!agrees_with_list(object, shown->propensity)) {
        log.problems.count("two probabilities of one action", where);
        return;
      }
      decision.shown.push_back(std::move(*shown));
    }
    collector.add(std::move(decision), where);
  });
}

}  // namespace p5
