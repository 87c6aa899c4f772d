#include "task/task_mixture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "p5/error.h"
#include "task/permutation.h"

namespace p5 {

TaskMixture::TaskMixture(std::vector<MixtureFamily> families, std::uint64_t seed)
    : families_(std::move(families)), seed_(seed) {
  std::erase_if(families_,
                [](const MixtureFamily& family) { return family.samples <= 0 || family.sampler->size() == 0; });
  std::uint64_t end = 0;
  for (const MixtureFamily& family : families_) {
    const double examples = static_cast<double>(family.sampler->size()) * static_cast<double>(family.samples);
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
  return {.example = families_[family].sampler->sample(index_of(family, epoch, within), rng),
          .family = static_cast<std::int16_t>(family),
          .weight = families_[family].weight};
}

// Every epoch draws a different share of the examples.
std::size_t TaskMixture::index_of(std::size_t family, std::uint64_t epoch, std::uint64_t within) const {
  const MixtureFamily& drawn = families_[family];
  const auto samples = static_cast<std::uint64_t>(drawn.samples);
  if (drawn.share != 1) {
    const std::uint64_t examples = drawn.sampler->size() * samples;
    within = Permutation(examples, stable_hash(drawn.sampler->family(), seed_) + epoch)(within % examples);
  }
  return within / samples;
}

std::vector<std::string> TaskMixture::family_names() const {
  std::vector<std::string> names;
  for (const MixtureFamily& family : families_) names.push_back(family.sampler->family());
  return names;
}

std::uint64_t TaskMixture::fingerprint() const {
  std::string text = std::to_string(seed_);
  for (const MixtureFamily& family : families_) {
    text += fmt::format(";{} {} {}", family.sampler->family(), family.sampler->size(), family.samples);
    if (family.share != 1 || family.weight != 1) text += fmt::format(" {} {}", family.share, family.weight);
  }
  return stable_hash(text);
}

}  // namespace p5
