#include "task/replay_sampler.h"

#include <cassert>
#include <numeric>
#include <utility>

namespace p5 {

NewEvents::NewEvents(const Split& now, const Split& before) {
  assert(now.is_sequential() && before.is_sequential());
  const Corpus& corpus = now.corpus();
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    const auto earlier = before.corpus().find_user(corpus.user_key(user));
    before_.push_back(earlier ? before.train_items(*earlier).size() : 0);
    now_.push_back(now.train_items(user).size());
  }
}

std::size_t NewEvents::count() const {
  std::size_t sum = 0;
  for (std::size_t user = 0; user < now_.size(); ++user) {
    if (has(static_cast<UserId>(user))) sum += now_[user] - before_[user];
  }
  return sum;
}

std::size_t NewEvents::all() const { return std::accumulate(now_.begin(), now_.end(), std::size_t{0}); }

ReplaySampler::ReplaySampler(std::shared_ptr<const TrainingSampler> all, const NewEvents& events, double new_share)
    : all_(std::move(all)), new_share_(new_share) {
  for (std::size_t index = 0; index < all_->size(); ++index) {
    const auto user = all_->user_of(index);
    if (!user) continue;
    const auto place = all_->place_of(index);
    if (place ? events.has(*user, *place) : events.has(*user)) new_.push_back(index);
  }
}

TaskExample ReplaySampler::sample(std::size_t index, Rng& rng) const {
  if (!new_.empty() && rng.uniform() < new_share_) index = new_[rng.below(new_.size())];
  return all_->sample(index, rng);
}

std::vector<MixtureFamily> replayed(std::vector<MixtureFamily> families, const NewEvents& events, double new_share) {
  for (MixtureFamily& family : families) {
    family.sampler = std::make_shared<const ReplaySampler>(std::move(family.sampler), events, new_share);
  }
  return families;
}

}  // namespace p5
