#include "task/task_families.h"

#include <algorithm>
#include <array>

#include "task/attribute_sampler.h"
#include "task/direct_sampler.h"
#include "task/next_session_sampler.h"
#include "task/rating_sampler.h"
#include "task/sequential_sampler.h"
#include "task/span_samplers.h"
#include "task/text_sampler.h"

namespace p5 {
namespace {

template <typename Sampler>
std::shared_ptr<const TrainingSampler> make(std::string family, const SamplerInputs& inputs) {
  return std::make_shared<const Sampler>(std::move(family), inputs);
}

constexpr std::array kFamilies = {
    TaskFamily{.name = kRatingFamily,
               .samples = &TaskOptions::rating_samples,
               .view = SplitView::kReviews,
               .needs_no_names = true,
               .reads_explanations = false,
               .make_sampler = make<RatingSampler>},
    TaskFamily{.name = kSequentialFamily,
               .samples = &TaskOptions::sequential_samples,
               .view = SplitView::kRanking,
               .needs_no_names = false,
               .reads_explanations = false,
               .make_sampler = make<SequentialSampler>},
    TaskFamily{.name = kExplanationFamily,
               .samples = &TaskOptions::explanation_samples,
               .view = SplitView::kReviews,
               .needs_no_names = false,
               .reads_explanations = true,
               .make_sampler = make<TextSampler>},
    TaskFamily{.name = kReviewFamily,
               .samples = &TaskOptions::review_samples,
               .view = SplitView::kReviews,
               .needs_no_names = false,
               .reads_explanations = false,
               .make_sampler = make<TextSampler>},
    TaskFamily{.name = kDirectFamily,
               .samples = &TaskOptions::direct_samples,
               .view = SplitView::kRanking,
               .needs_no_names = false,
               .reads_explanations = false,
               .make_sampler = make<DirectSampler>},
    TaskFamily{.name = "history_span",
               .samples = &TaskOptions::history_span_samples,
               .view = SplitView::kRanking,
               .needs_no_names = false,
               .reads_explanations = false,
               .make_sampler = make<HistorySpanSampler>,
               .pretrains = true},
    TaskFamily{.name = "text_span",
               .samples = &TaskOptions::text_span_samples,
               .view = SplitView::kReviews,
               .needs_no_names = false,
               .reads_explanations = false,
               .make_sampler = make<TextSpanSampler>,
               .pretrains = true},
    TaskFamily{.name = "attribute",
               .samples = &TaskOptions::attribute_samples,
               .view = SplitView::kReviews,
               .needs_no_names = false,
               .reads_explanations = false,
               .make_sampler = make<AttributeSampler>,
               .pretrains = true},
    TaskFamily{.name = "next_session",
               .samples = &TaskOptions::next_session_samples,
               .view = SplitView::kRanking,
               .needs_no_names = false,
               .reads_explanations = false,
               .make_sampler = make<NextSessionSampler>,
               .pretrains = true},
};

// Custom families. Their prompts decide whether they read explanations.
constexpr TaskFamily kCustomFamily = {.name = "own",
                                      .samples = &TaskOptions::custom_samples,
                                      .view = SplitView::kReviews,
                                      .needs_no_names = false,
                                      .reads_explanations = false,
                                      .make_sampler = make<TextSampler>};

bool asks_for_explanations(const PromptTemplate& prompt) {
  const SlotSet of_explanations = {Slot::kFeature, Slot::kExplanation};
  return prompt.source.slot_set().meets(of_explanations) || prompt.target.slot_set().meets(of_explanations);
}

}  // namespace

std::span<const TaskFamily> task_families() { return kFamilies; }

const TaskFamily& task_family(std::string_view name) {
  const auto found = std::find_if(kFamilies.begin(), kFamilies.end(),
                                  [name](const TaskFamily& family) { return family.name == name; });
  return found == kFamilies.end() ? kCustomFamily : *found;
}

const TaskFamily& asking_family(const PromptTemplate& prompt) {
  if (prompt.family != kZeroShotFamily) return task_family(prompt.family);
  return *std::find_if(kFamilies.begin(), kFamilies.end(),
                       [&](const TaskFamily& family) { return family_asks(family.name, prompt.task); });
}

std::string samples_option(const TaskFamily& family) { return "task." + std::string(family.name) + "_samples"; }

std::vector<MixtureFamily> make_task_families(const TaskData& data, const TaskOptions& options) {
  const SamplerInputs inputs = make_sampler_inputs(data, options);
  std::vector<std::string> names;
  for (const TaskFamily& family : kFamilies) names.emplace_back(family.name);
  for (const std::string& own : data.prompts->custom_families()) names.push_back(own);
  std::erase_if(names, [&](const std::string& name) { return options.samples_of(name) == 0; });
  const auto shares = family_numbers(options.shares, names, "task.shares");
  const auto weights = family_numbers(options.weights, names, "task.weights");
  std::vector<MixtureFamily> families;
  for (std::size_t i = 0; i < names.size(); ++i) {
    families.push_back({.sampler = task_family(names[i]).make_sampler(names[i], inputs),
                        .samples = options.samples_of(names[i]),
                        .share = shares[i],
                        .weight = static_cast<float>(weights[i])});
  }
  return families;
}

std::vector<MixtureFamily> pretraining_families(const TaskData& data, const TaskOptions& options) {
  const SamplerInputs inputs{.data = data, .options = options, .writer = nullptr, .negatives = nullptr};
  std::vector<MixtureFamily> families;
  for (const TaskFamily& family : kFamilies) {
    if (!family.pretrains || options.*family.samples == 0) continue;
    families.push_back({.sampler = family.make_sampler(std::string(family.name), inputs)});
  }
  return families;
}

bool needs_explanations(const PromptLibrary& prompts, const TaskOptions& options) {
  const auto reads = [&](const TaskFamily& family) { return family.reads_explanations && options.*family.samples > 0; };
  if (std::any_of(kFamilies.begin(), kFamilies.end(), reads)) return true;
  return options.*kCustomFamily.samples > 0 &&
         std::any_of(prompts.all().begin(), prompts.all().end(), [](const PromptTemplate& prompt) {
           return prompt.task == PromptTask::kText && asks_for_explanations(prompt);
         });
}

}  // namespace p5
