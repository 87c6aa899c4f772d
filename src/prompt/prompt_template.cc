#include "prompt/prompt_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/did_you_mean.h"
#include "base/option_table.h"
#include "p5/error.h"

namespace p5 {
namespace {

const std::vector<std::string>& metric_names() {
  static const std::vector<std::string> names = {"rmse",  "mae",   "r2",    "accuracy", "f1",        "auc",
                                                 "hr@1",  "hr@5",  "hr@10", "ndcg@5",   "ndcg@10",   "mrr",
                                                 "bleu1", "bleu2", "bleu4", "rouge1",   "rouge2",    "rougeL",
                                                 "usr",   "fmr",   "fcr",   "div",      "distinct1", "distinct2"};
  return names;
}

Error unknown_name(std::string_view what, const std::string& name, const std::vector<std::string>& known,
                   const std::string& where) {
  return data_error(fmt::format("unknown {} '{}'{}", what, name, one_of(name, known)), {.where = where});
}

void check_id(const PromptFields& fields) {
  const auto plain = [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  };
  if (fields.id.empty() || fields.id.size() > 64 || !std::all_of(fields.id.begin(), fields.id.end(), plain)) {
    throw data_error("bad prompt id", {.where = fields.where,
                                       .expected = "1 to 64 letters, digits, '-', '_' or '.'",
                                       .got = "'" + fields.id.substr(0, 64) + "'"});
  }
}

// A family name close to a known one counts as a typo. Any other unknown name is a custom family, which asks for text.
bool is_custom_family(const PromptFields& fields) {
  if (is_known_family(fields.family)) return false;
  const auto families = prompt_family_names();
  if (nearest_name(fields.family, families)) throw unknown_name("family", fields.family, families, fields.where);
  const std::string text(to_string(PromptTask::kText));
  if (!fields.task.empty() && fields.task != text) {
    throw unknown_name("task of a custom family,", fields.task, {text}, fields.task_where);
  }
  return true;
}

const PromptRule& find_rule(const PromptFields& fields) {
  std::vector<std::string> tasks;
  for (const PromptRule& rule : find_prompt_family(fields.family)->rules) {
    if (to_string(rule.task) == fields.task) return rule;
    tasks.emplace_back(to_string(rule.task));
  }
  throw unknown_name("task of family " + fields.family + ",", fields.task, tasks, fields.task_where);
}

void check_target(const PromptTemplate& prompt, const PromptRule& rule, const PromptFields& fields,
                  const std::string& kind) {
  const std::string answer = fmt::format("{{{}}}", slot_name(rule.answer));
  bool fits = rule.beside.empty() ? prompt.target.text() == answer : prompt.target.uses(rule.answer);
  for (const Slot slot : prompt.target.slots()) {
    fits = fits && (slot == rule.answer || (rule.beside.contains(slot) && !prompt.source.uses(slot)));
  }
  if (fits) return;
  const std::string beside =
      rule.beside.empty() ? "" : fmt::format(", and {} where the source lacks it", rule.beside.to_string());
  throw data_error(
      fmt::format("bad target of a {}", kind),
      {.where = fields.target_where, .expected = "'" + answer + "'" + beside, .got = "'" + fields.target + "'"});
}

void check_slots(const PromptTemplate& prompt, const PromptRule& rule, const PromptFields& fields) {
  const std::string kind = fmt::format("{} {} prompt", prompt.family, to_string(prompt.task));
  for (const Slot slot : prompt.source.slots()) {
    if (rule.may.contains(slot) || kScaleSlots.contains(slot)) continue;
    throw data_error(fmt::format("slot '{}' is not allowed in the source of a {}", slot_name(slot), kind),
                     {.where = fields.source_where, .expected = "slots among " + rule.may.to_string()});
  }
  for (const SlotSet& group : rule.must) {
    if (prompt.source.slot_set().meets(group)) continue;
    throw data_error(fmt::format("the source of a {} lacks a slot", kind),
                     {.where = fields.source_where, .expected = "one of " + group.to_string()});
  }
  check_target(prompt, rule, fields, kind);
}

// Slots of the source that reveal this slot of the target.
SlotSet given_away_by(Slot answer) {
  switch (answer) {
    case Slot::kRating:
      return {answer, Slot::kLikeDislike};
    case Slot::kLikeDislike:
      return {answer, Slot::kRating};
    case Slot::kExplanation:
      return {answer, Slot::kReview};
    case Slot::kFeature:
      return {answer, Slot::kReview, Slot::kExplanation};
    default:
      return {answer};
  }
}

void check_own(const PromptTemplate& prompt, const PromptFields& fields) {
  const auto check = [](const PromptPattern& pattern, SlotSet may, const std::string& where) {
    for (const Slot slot : pattern.slots()) {
      if (may.contains(slot)) continue;
      throw data_error(fmt::format("slot '{}' is not allowed in a prompt of a custom family", slot_name(slot)),
                       {.where = where, .expected = "slots among " + may.to_string()});
    }
  };
  check(prompt.source, slots_about_reviews() | kScaleSlots, fields.source_where);
  check(prompt.target, slots_about_reviews(), fields.target_where);
  if (prompt.target.slots().empty()) {
    throw data_error("a target that is always the same",
                     {.where = fields.target_where, .expected = "a slot", .got = "'" + fields.target + "'"});
  }
  for (const Slot answer : prompt.target.slots()) {
    for (const Slot slot : prompt.source.slots()) {
      if (!given_away_by(answer).contains(slot)) continue;
      throw data_error(fmt::format("slot '{}' of the source gives '{}' away", slot_name(slot), slot_name(answer)),
                       {.where = fields.source_where, .expected = "a source without it"});
    }
  }
}

// Prompts may use only the slots that their file declares.
void check_declared(const PromptTemplate& prompt, const PromptFields& fields) {
  if (!fields.slots) return;
  for (const auto& [pattern, where] :
       {std::pair(&prompt.source, &fields.source_where), std::pair(&prompt.target, &fields.target_where)}) {
    for (const Slot slot : pattern->slots()) {
      if (fields.slots->contains(slot) || kScaleSlots.contains(slot)) continue;
      throw data_error(fmt::format("slot '{}' is not among the slots of the file", slot_name(slot)),
                       {.where = *where, .expected = "one of " + fields.slots->to_string()});
    }
  }
}

}  // namespace

PromptTemplate make_prompt_template(const PromptFields& fields) {
  check_id(fields);
  const PromptRule* rule = is_custom_family(fields) ? nullptr : &find_rule(fields);
  PromptTemplate prompt{.id = fields.id,
                        .family = fields.family,
                        .task = rule != nullptr ? rule->task : PromptTask::kText,
                        .source = PromptPattern::parse(fields.source, fields.source_where),
                        .target = PromptPattern::parse(fields.target, fields.target_where),
                        .held_out = fields.held_out || fields.family == kZeroShotFamily,
                        .metric = fields.metric,
                        .where = fields.where};
  check_declared(prompt, fields);
  if (rule != nullptr) {
    check_slots(prompt, *rule, fields);
    if (prompt.metric.empty()) prompt.metric = rule->metric;
  } else {
    check_own(prompt, fields);
  }
  const auto& metrics = metric_names();
  if (prompt.metric.empty()) {
    throw data_error("a prompt of a custom family lacks a field",
                     {.where = fields.where, .expected = "'metric', here or at the top of the file"});
  }
  if (std::find(metrics.begin(), metrics.end(), prompt.metric) == metrics.end()) {
    throw unknown_name("metric", prompt.metric, metrics, fields.where);
  }
  return prompt;
}

nlohmann::json to_json(const PromptTemplate& prompt) {
  nlohmann::json slots = nlohmann::json::array();
  for (const Slot slot : prompt.source.slots()) slots.push_back(slot_name(slot));
  return {{"id", prompt.id},
          {"family", prompt.family},
          {"task", to_string(prompt.task)},
          {"held_out", prompt.held_out},
          {"slots", std::move(slots)},
          {"source", prompt.source.text()},
          {"target", prompt.target.text()},
          {"metric", prompt.metric},
          {"where", prompt.where}};
}

}  // namespace p5
