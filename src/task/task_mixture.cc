#include "task/task_mixture.h"

#include <fmt/format.h>

#include <algorithm>

#include "p5/error.h"
#include "task/direct_task.h"
#include "task/permutation.h"
#include "task/rating_task.h"
#include "task/sequential_task.h"

namespace p5 {

TaskMixture::TaskMixture(std::vector<MixtureFamily> families, std::uint64_t seed)
    : families_(std::move(families)), seed_(seed) {
  std::erase_if(families_,
                [](const MixtureFamily& family) { return family.samples <= 0 || family.task->datum_count() == 0; });
  std::uint64_t end = 0;
  for (const MixtureFamily& family : families_) {
    end += static_cast<std::uint64_t>(family.task->datum_count()) * static_cast<std::uint64_t>(family.samples);
    ends_.push_back(end);
  }
  if (families_.empty()) {
    throw usage_error("there is nothing to train on",
                      {.where = "", .expected = "a family with data and task.<family>_samples above 0", .got = "none"});
  }
}

TaskMixture::Draw TaskMixture::draw(std::uint64_t position) const {
  const std::uint64_t epoch = position / epoch_size();
  const Permutation order(epoch_size(), stable_hash("epoch", seed_) + epoch);
  const std::uint64_t slot = order(position % epoch_size());
  const auto family = static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), slot) - ends_.begin());
  const std::uint64_t within = slot - (family == 0 ? 0 : ends_[family - 1]);
  Rng rng(seed_, fmt::format("example {}", position));
  return {
      .example = families_[family].task->sample(within / static_cast<std::uint64_t>(families_[family].samples), rng),
      .family = static_cast<std::int16_t>(family)};
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
  }
  return stable_hash(text);
}

std::vector<MixtureFamily> make_task_families(const TaskData& data, const TaskOptions& options) {
  std::vector<MixtureFamily> families;
  if (options.rating_samples > 0) {
    families.push_back({std::make_shared<RatingTask>(data, options), options.rating_samples});
  }
  if (options.sequential_samples <= 0 && options.direct_samples <= 0) return families;
  const auto negatives = std::make_shared<const NegativeSampler>(data.ranking->corpus());
  if (options.sequential_samples > 0) {
    families.push_back({std::make_shared<SequentialTask>(data, options, negatives), options.sequential_samples});
  }
  if (options.direct_samples > 0) {
    families.push_back({std::make_shared<DirectTask>(data, options, negatives), options.direct_samples});
  }
  return families;
}

}  // namespace p5
