#include "recommend/prompt_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "p5/error.h"

namespace p5 {
namespace {

// Whether training draws the prompt: not held out, and named where the options name prompts of its family.
bool is_trained(const PromptTemplate& prompt, const PromptLibrary& prompts, const TaskOptions& options) {
  if (prompt.held_out || options.samples_of(prompt.family) == 0) return false;
  bool family_named = false;
  for (const std::string& id : options.prompts) {
    if (id == prompt.id) return true;
    const PromptTemplate* named = prompts.find(id);
    family_named |= named != nullptr && named->family == prompt.family;
  }
  return !family_named;
}

}  // namespace

PromptHint hint_of(const PromptTemplate& prompt) {
  if (prompt.task != PromptTask::kExplain) return {};
  return {.feature = prompt.source.uses(Slot::kFeature),
          .stars = prompt.source.uses(Slot::kRating),
          .headline = prompt.source.uses(Slot::kHeadline)};
}

bool is_taught(const PromptTemplate& prompt, const TaskOptions& options) {
  if (prompt.family != kZeroShotFamily) return options.samples_of(prompt.family) > 0;
  const auto& families = prompt_families();
  return std::any_of(families.begin(), families.end(), [&](const PromptFamily& family) {
    return options.samples_of(family.name) > 0 && family_asks(family.name, prompt.task);
  });
}

std::string to_string(const PromptHint& hint) {
  std::string text;
  const auto add = [&text](bool given, std::string_view name) {
    if (given) text += fmt::format("{}{}", text.empty() ? "" : " and ", name);
  };
  add(hint.feature, "feature");
  add(hint.stars, "star");
  add(hint.headline, "headline");
  return text.empty() ? "none" : text;
}

const PromptTemplate* find_prompt(const PromptLibrary& prompts, const TaskOptions& options, const PromptWish& wish) {
  const auto fits = [&](const PromptTemplate& prompt, std::string_view family) {
    if (prompt.family != family || prompt.task != wish.task || hint_of(prompt) != wish.hint) return false;
    const bool plain = prompt.task == PromptTask::kText || prompt.target.slots().size() == 1;
    return plain && (wish.held_out ? prompt.held_out : is_trained(prompt, prompts, options));
  };
  const auto first = [&](std::string_view family) -> const PromptTemplate* {
    for (const PromptTemplate& prompt : prompts.all()) {
      if (fits(prompt, family)) return &prompt;
    }
    return nullptr;
  };
  const PromptTemplate* found = first(wish.family);
  const bool zero_shot = wish.held_out && is_known_family(wish.family) && family_asks(wish.family, wish.task);
  return found == nullptr && zero_shot ? first(kZeroShotFamily) : found;
}

const PromptTemplate& choose_prompt(const PromptLibrary& prompts, const TaskOptions& options, const PromptWish& wish,
                                    std::string_view given) {
  if (!given.empty()) {
    const PromptTemplate& prompt = prompts.at(given);
    if (prompt.task == wish.task && (prompt.family == wish.family || prompt.family == kZeroShotFamily)) return prompt;
    throw usage_error(
        "this prompt asks for something else",
        {.where = "prompt " + prompt.id,
         .expected = fmt::format("one of family {} with task {} (p5 prompts list)", wish.family, to_string(wish.task)),
         .got = fmt::format("family {}, task {}", prompt.family, to_string(prompt.task))});
  }
  if (const PromptTemplate* found = find_prompt(prompts, options, wish)) return *found;
  throw Error(ErrorCode::kUnsupported, ErrorSubject::kRequest, "the run was not trained to answer this",
              {.expected = fmt::format("task.{}_samples above 0 in training, and a prompt with task {}{}", wish.family,
                                       to_string(wish.task), wish.hint.feature ? " and {feature}" : ""),
               .got = "none"});
}

}  // namespace p5
