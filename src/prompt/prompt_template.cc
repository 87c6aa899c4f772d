#include "prompt/prompt_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "base/option_table.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr SlotSet kPerson = {Slot::kUser, Slot::kUserDescription};
constexpr SlotSet kThing = {Slot::kItem, Slot::kItemTitle};
constexpr SlotSet kThingDetails = {Slot::kItem, Slot::kItemTitle, Slot::kItemBrand, Slot::kItemPrice,
                                   Slot::kItemCategories};

// What a family asks for under a task name: the answer's slot, the slots that may stand in the source, and groups of
// which at least one slot must. A slot that tells the answer is simply not among those that may stand.
struct TaskRule {
  std::string_view family;
  PromptTask task;
  Slot answer;
  SlotSet may;
  std::vector<SlotSet> must;
  std::string_view metric;
};

const std::vector<TaskRule>& task_rules() {
  const SlotSet history = {Slot::kHistory}, candidates = {Slot::kCandidates}, rating = {Slot::kRating};
  const SlotSet options = {Slot::kOptions};
  static const std::vector<TaskRule> rules = {
      {"rating", PromptTask::kStar, Slot::kRating, kPerson | kThingDetails | options, {kPerson, kThing}, "rmse"},
      {"rating",
       PromptTask::kYesNo,
       Slot::kYesNo,
       kPerson | kThingDetails | rating,
       {kPerson, kThing, rating},
       "accuracy"},
      {"rating", PromptTask::kLikeDislike, Slot::kLikeDislike, kPerson | kThingDetails, {kPerson, kThing}, "accuracy"},
      {"sequential", PromptTask::kNextItem, Slot::kItem, kPerson | history, {history}, "ndcg@10"},
      {"sequential",
       PromptTask::kChoose,
       Slot::kItem,
       kPerson | history | candidates,
       {history, candidates},
       "ndcg@10"},
      {"sequential",
       PromptTask::kYesNo,
       Slot::kYesNo,
       kPerson | history | kThingDetails,
       {history, kThing},
       "accuracy"},
      {"direct", PromptTask::kYesNo, Slot::kYesNo, kPerson | kThingDetails, {kPerson, kThing}, "ndcg@10"},
      {"direct", PromptTask::kChoose, Slot::kItem, kPerson | candidates, {kPerson, candidates}, "ndcg@10"},
  };
  return rules;
}

const std::vector<std::string>& metric_names() {
  static const std::vector<std::string> names = {"rmse", "mae",   "accuracy", "auc",     "hr@1",
                                                 "hr@5", "hr@10", "ndcg@5",   "ndcg@10", "mrr"};
  return names;
}

Error unknown_name(std::string_view what, const std::string& name, const std::vector<std::string>& known,
                   const std::string& where) {
  const auto nearest = nearest_name(name, known);
  return data_error(
      fmt::format("unknown {} '{}'", what, name),
      {.where = where,
       .expected = nearest ? "perhaps '" + *nearest + "'" : fmt::format("one of {}", fmt::join(known, ", ")),
       .got = ""});
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

const TaskRule& find_rule(const PromptFields& fields) {
  const auto& families = prompt_families();
  if (std::find(families.begin(), families.end(), fields.family) == families.end()) {
    throw unknown_name("family", fields.family, families, fields.where);
  }
  std::vector<std::string> tasks;
  for (const TaskRule& rule : task_rules()) {
    if (rule.family != fields.family) continue;
    if (to_string(rule.task) == fields.task) return rule;
    tasks.emplace_back(to_string(rule.task));
  }
  throw unknown_name("task of family " + fields.family + ",", fields.task, tasks, fields.task_where);
}

void check_slots(const PromptTemplate& prompt, const TaskRule& rule, const PromptFields& fields) {
  const std::string kind = fmt::format("{} {} prompt", prompt.family, to_string(prompt.task));
  for (const Slot slot : prompt.source.slots()) {
    if (rule.may.contains(slot)) continue;
    throw data_error(fmt::format("slot '{}' cannot stand in the source of a {}", slot_name(slot), kind),
                     {.where = fields.source_where, .expected = "slots among " + rule.may.to_string(), .got = ""});
  }
  for (const SlotSet& group : rule.must) {
    if (prompt.source.slot_set().meets(group)) continue;
    throw data_error(fmt::format("the source of a {} lacks a slot", kind),
                     {.where = fields.source_where, .expected = "one of " + group.to_string(), .got = ""});
  }
  const std::string answer = fmt::format("{{{}}}", slot_name(rule.answer));
  if (prompt.target.text() != answer) {
    throw data_error(fmt::format("bad target of a {}", kind),
                     {.where = fields.target_where, .expected = "'" + answer + "'", .got = "'" + fields.target + "'"});
  }
}

}  // namespace

std::string_view to_string(PromptTask task) {
  switch (task) {
    case PromptTask::kStar:
      return "star";
    case PromptTask::kYesNo:
      return "yes-no";
    case PromptTask::kLikeDislike:
      return "like-dislike";
    case PromptTask::kNextItem:
      return "next-item";
    case PromptTask::kChoose:
      return "choose";
  }
  return "";
}

const std::vector<std::string>& prompt_families() {
  static const std::vector<std::string> families = {"rating", "sequential", "direct"};
  return families;
}

PromptTemplate make_prompt_template(const PromptFields& fields) {
  check_id(fields);
  const TaskRule& rule = find_rule(fields);
  PromptTemplate prompt{.id = fields.id,
                        .family = fields.family,
                        .task = rule.task,
                        .source = PromptPattern::parse(fields.source, fields.source_where),
                        .target = PromptPattern::parse(fields.target, fields.target_where),
                        .held_out = fields.held_out,
                        .metric = fields.metric.empty() ? std::string(rule.metric) : fields.metric,
                        .where = fields.where};
  check_slots(prompt, rule, fields);
  const auto& metrics = metric_names();
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
