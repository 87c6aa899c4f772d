#include "task/next_session_sampler.h"

#include <algorithm>
#include <span>
#include <utility>

namespace p5 {

NextSessionSampler::NextSessionSampler(std::string family, const SamplerInputs& inputs)
    : family_(std::move(family)), split_(inputs.data.ranking), options_(inputs.options) {
  for (UserId user = 0; user < split_->corpus().user_count(); ++user) {
    if (split_->train_items(user).size() > 3) users_.push_back(user);
  }
}

TaskExample NextSessionSampler::sample(std::size_t index, Rng& rng) const {
  const std::span<const ItemId> items = split_->train_items(users_[index]);
  const std::size_t cut = 2 + rng.below(items.size() - 3);  // at least two items on each side
  const std::size_t most = std::max<std::size_t>(static_cast<std::size_t>(options_.max_history) / 2, 2);
  const bool continues = rng.coin();
  std::span<const ItemId> after = items.subspan(cut);
  if (!continues) {
    const std::size_t other = (index + 1 + rng.below(users_.size() - 1)) % users_.size();
    after = split_->train_items(users_[other]);
    after = after.subspan(rng.below(after.size() - 1));
  }
  TaskExample example;
  const auto append = [&](std::span<const ItemId> part) {
    for (const ItemId item : part) {
      if (!example.source.empty()) example.source.push_back({.text = options_.separator});
      example.source.push_back({.kind = Mention::Kind::kItem, .id = item});
    }
  };
  append(items.first(cut).last(std::min(cut, most)));
  example.source.push_back({.text = " then"});
  append(after.first(std::min(after.size(), most)));
  example.source.push_back({.text = " ?"});
  example.target = {{.text = continues ? "yes" : "no"}};
  return example;
}

}  // namespace p5
