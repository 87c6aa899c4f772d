#include "prompt/prompt_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text_layout.h"
#include "prompt/prompt_families.h"

namespace p5 {
namespace {

// P5's numbers of the families; custom ones come last.
std::size_t family_place(std::string_view family) {
  constexpr std::array<std::string_view, 6> kOrder = {kRatingFamily, kSequentialFamily, kExplanationFamily,
                                                      kReviewFamily, kDirectFamily,     kZeroShotFamily};
  return static_cast<std::size_t>(std::find(kOrder.begin(), kOrder.end(), family) - kOrder.begin());
}

}  // namespace

std::string prompt_table(std::span<const PromptTemplate> prompts, std::size_t width) {
  std::vector<const PromptTemplate*> sorted;
  std::size_t id_width = 2, family_width = 6, target_width = 6;
  for (const auto& prompt : prompts) {
    sorted.push_back(&prompt);
    id_width = std::max(id_width, prompt.id.size());
    family_width = std::max(family_width, prompt.family.size());
    target_width = std::max(target_width, prompt.target.text().size());
  }
  target_width = std::min<std::size_t>(target_width, 14);
  std::stable_sort(sorted.begin(), sorted.end(), [](const PromptTemplate* a, const PromptTemplate* b) {
    return family_place(a->family) < family_place(b->family);
  });
  const auto line = [&](std::string_view id, std::string_view family, std::string_view task, std::string_view held_out,
                        std::string_view target, std::string_view source) {
    return cut_to_width(fmt::format("{:<{}}  {:<{}}  {:<12}  {:<8}  {:<{}}  {}", id, id_width, family, family_width,
                                    task, held_out, cut_to_width(target, target_width), target_width, source),
                        width) +
           "\n";
  };
  std::string text = line("id", "family", "task", "held out", "target", "source");
  for (const PromptTemplate* prompt : sorted) {
    text += line(prompt->id, prompt->family, to_string(prompt->task), prompt->held_out ? "yes" : "",
                 prompt->target.text(), prompt->source.text());
  }
  return text;
}

}  // namespace p5
