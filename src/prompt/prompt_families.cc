#include "prompt/prompt_families.h"

#include <algorithm>

namespace p5 {
namespace {

constexpr SlotSet kPerson = {Slot::kUser, Slot::kUserDescription};
constexpr SlotSet kThing = {Slot::kItem, Slot::kItemTitle};
constexpr SlotSet kThingDetails = {Slot::kItem, Slot::kItemTitle, Slot::kItemBrand, Slot::kItemPrice,
                                   Slot::kItemCategories};
constexpr SlotSet kHistory = {Slot::kHistory}, kCandidates = {Slot::kCandidates}, kRating = {Slot::kRating};
constexpr SlotSet kOptions = {Slot::kOptions}, kReview = {Slot::kReview};
constexpr SlotSet kWritten = {Slot::kReview, Slot::kHeadline};
constexpr SlotSet kExplained = kPerson | kThingDetails | kRating | SlotSet{Slot::kHeadline, Slot::kFeature};

PromptRule ask_stars(SlotSet may, std::vector<SlotSet> must) {
  return {PromptTask::kStar, Slot::kRating, may | kOptions, std::move(must), "rmse"};
}
PromptRule ask_stars_of_pair() { return ask_stars(kPerson | kThingDetails, {kPerson, kThing}); }
PromptRule ask_like() {
  return {PromptTask::kLikeDislike, Slot::kLikeDislike, kPerson | kThingDetails, {kPerson, kThing}, "accuracy"};
}
PromptRule ask_yes_no(SlotSet may, std::vector<SlotSet> must, std::string_view metric) {
  return {PromptTask::kYesNo, Slot::kYesNo, may, std::move(must), metric};
}
PromptRule ask_item(PromptTask task, SlotSet may, std::vector<SlotSet> must) {
  return {task, Slot::kItem, may, std::move(must), "ndcg@10"};
}
PromptRule ask_explanation() {
  return {PromptTask::kExplain, Slot::kExplanation, kExplained, {kPerson, kThing}, "bleu4", kRating};
}

std::vector<PromptFamily> list_families() {
  return {
      {kRatingFamily,
       {ask_stars_of_pair(), ask_yes_no(kPerson | kThingDetails | kRating, {kPerson, kThing, kRating}, "accuracy"),
        ask_like()}},
      {kSequentialFamily,
       {ask_item(PromptTask::kNextItem, kPerson | kHistory, {kHistory}),
        ask_item(PromptTask::kChoose, kPerson | kHistory | kCandidates, {kHistory, kCandidates}),
        ask_yes_no(kPerson | kHistory | kThingDetails, {kHistory, kThing}, "accuracy")}},
      {kExplanationFamily, {ask_explanation()}},
      {kReviewFamily,
       {{PromptTask::kHeadline, Slot::kHeadline, kPerson | kThingDetails | kReview, {kReview}, "rouge1"},
        ask_stars(kPerson | kThingDetails | kWritten, {kWritten})}},
      {kDirectFamily,
       {ask_yes_no(kPerson | kThingDetails, {kPerson, kThing}, "ndcg@10"),
        ask_item(PromptTask::kChoose, kPerson | kCandidates, {kPerson, kCandidates})}},
      {kZeroShotFamily, {ask_stars_of_pair(), ask_like(), ask_explanation()}},
  };
}

}  // namespace

const std::vector<PromptFamily>& prompt_families() {
  static const std::vector<PromptFamily> families = list_families();
  return families;
}

std::vector<std::string> prompt_family_names() {
  std::vector<std::string> names;
  for (const PromptFamily& family : prompt_families()) names.emplace_back(family.name);
  return names;
}

const PromptFamily* find_prompt_family(std::string_view name) {
  const auto& families = prompt_families();
  const auto found =
      std::find_if(families.begin(), families.end(), [&](const PromptFamily& family) { return family.name == name; });
  return found == families.end() ? nullptr : &*found;
}

bool is_known_family(std::string_view family) { return find_prompt_family(family) != nullptr; }

bool family_asks(std::string_view family, PromptTask task) {
  const PromptFamily* known = find_prompt_family(family);
  return known != nullptr && std::any_of(known->rules.begin(), known->rules.end(),
                                         [task](const PromptRule& rule) { return rule.task == task; });
}

SlotSet slots_about_reviews() {
  return kPerson | kThingDetails | SlotSet{Slot::kRating,   Slot::kLikeDislike, Slot::kOptions,    Slot::kReview,
                                           Slot::kHeadline, Slot::kFeature,     Slot::kExplanation};
}

}  // namespace p5
