#include "task/task_mixture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "p5/error.h"
#include "task/direct_task.h"
#include "task/permutation.h"
#include "task/rating_task.h"
#include "task/sequential_task.h"
#include "task/text_task.h"

namespace p5 {

TaskMixture::TaskMixture(std::vector<MixtureFamily> families, std::uint64_t seed)
    : families_(std::move(families)), seed_(seed) {
  std::erase_if(families_,
                [](const MixtureFamily& family) { return family.samples <= 0 || family.task->datum_count() == 0; });
  std::uint64_t end = 0;
  for (const MixtureFamily& family : families_) {
    const double examples = static_cast<double>(family.task->datum_count()) * static_cast<double>(family.samples);
    end += std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(examples * family.share)));
    ends_.push_back(end);
  }
  if (families_.empty()) {
    throw usage_error("there is nothing to train on",
                      {.expected = "a family with data and task.<family>_samples above 0", .got = "none"});
  }
}

TaskMixture::Draw TaskMixture::draw(std::uint64_t position) const {
  const std::uint64_t epoch = position / epoch_size();
  const Permutation order(epoch_size(), stable_hash("epoch", seed_) + epoch);
  const std::uint64_t slot = order(position % epoch_size());
  const auto family = static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), slot) - ends_.begin());
  const std::uint64_t within = slot - (family == 0 ? 0 : ends_[family - 1]);
  Rng rng(seed_, fmt::format("example {}", position));
  return {.example = families_[family].task->sample(datum_of(family, epoch, within), rng),
          .family = static_cast<std::int16_t>(family),
          .weight = families_[family].weight};
}

// A share of the examples is a different one in every epoch.
std::size_t TaskMixture::datum_of(std::size_t family, std::uint64_t epoch, std::uint64_t within) const {
  const MixtureFamily& drawn = families_[family];
  const auto samples = static_cast<std::uint64_t>(drawn.samples);
  if (drawn.share != 1) {
    const std::uint64_t examples = drawn.task->datum_count() * samples;
    within = Permutation(examples, stable_hash(drawn.task->family(), seed_) + epoch)(within % examples);
  }
  return within / samples;
}

std::vector<std::string> TaskMixture::family_names() const {
  std::vector<std::string> names;
  for (const MixtureFamily& family : families_) names.push_back(family.task->family());
  return names;
}

std::uint64_t TaskMixture::fingerprint() const {
  std::string text = std::to_string(seed_);
  for (const MixtureFamily& family : families_) {
    text += fmt::format(";{} {} {}", family.task->family(), family.task->datum_count(), family.samples);
    if (family.share != 1 || family.weight != 1) text += fmt::format(" {} {}", family.share, family.weight);
  }
  return stable_hash(text);
}

namespace {

bool asks_for_explanations(const PromptTemplate& prompt) {
  const SlotSet of_explanations = {Slot::kFeature, Slot::kExplanation};
  return prompt.source.slot_set().meets(of_explanations) || prompt.target.slot_set().meets(of_explanations);
}

std::vector<MixtureFamily> make_families(const TaskData& data, const TaskOptions& options) {
  std::vector<MixtureFamily> families;
  const auto add = [&](std::int64_t samples, auto make) {
    if (samples > 0) families.push_back({make(), samples});
  };
  std::shared_ptr<const NegativeSampler> negatives;
  if (options.sequential_samples > 0 || options.direct_samples > 0) {
    negatives = std::make_shared<const NegativeSampler>(data.ranking->corpus());
  }
  add(options.rating_samples, [&] { return std::make_shared<RatingTask>(data, options); });
  add(options.sequential_samples, [&] { return std::make_shared<SequentialTask>(data, options, negatives); });
  add(options.explanation_samples, [&] { return std::make_shared<ExplanationTask>(data, options); });
  add(options.review_samples, [&] { return std::make_shared<ReviewTask>(data, options); });
  add(options.direct_samples, [&] { return std::make_shared<DirectTask>(data, options, negatives); });
  for (const std::string& own : data.prompts->own_families()) {
    add(options.own_samples, [&] { return std::make_shared<TextTask>(own, data, options); });
  }
  return families;
}

}  // namespace

std::vector<MixtureFamily> make_task_families(const TaskData& data, const TaskOptions& options) {
  auto families = make_families(data, options);
  std::vector<std::string> names;
  for (const MixtureFamily& family : families) names.push_back(family.task->family());
  const auto shares = family_numbers(options.shares, names, "task.shares");
  const auto weights = family_numbers(options.weights, names, "task.weights");
  for (std::size_t i = 0; i < families.size(); ++i) {
    families[i].share = shares[i];
    families[i].weight = static_cast<float>(weights[i]);
  }
  return families;
}

bool needs_explanations(const PromptLibrary& prompts, const TaskOptions& options) {
  if (options.explanation_samples > 0) return true;
  return options.own_samples > 0 && std::any_of(prompts.all().begin(), prompts.all().end(), [](const auto& prompt) {
           return prompt.task == PromptTask::kText && asks_for_explanations(prompt);
         });
}

}  // namespace p5
