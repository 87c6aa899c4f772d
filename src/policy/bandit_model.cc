#include "policy/bandit_model.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/rng.h"

namespace p5 {
namespace {

// Of lists that wait, so that a file stays small: newest first until there are this many features.
constexpr std::size_t kMostSavedValues = 1'000'000;

std::vector<double> as_doubles(std::span<const float> values) { return {values.begin(), values.end()}; }

}  // namespace

BanditModel::BanditModel(std::filesystem::path file, FittedOrigin origin, std::size_t features,
                         std::size_t most_waiting)
    : file_(std::move(file)), origin_(std::move(origin)), most_waiting_(most_waiting), bandit_(features) {
  if (const auto state = FittedState::load(file_, origin_)) {
    read(*state);
    was_saved_ = true;
  }
}

void BanditModel::read(const FittedState& state) {
  const std::size_t size = bandit_.features();
  bandit_.restore(state.get<double>("inverse", size * size), state.get<double>("b", size));
  const auto counts = state.get<std::uint64_t>("counts", 3);
  counts_ = {.lists = counts[0], .items = counts[1], .rewards = counts[2]};
  const auto ids = state.get<std::uint64_t>("waiting.ids");
  const auto sizes = state.get<std::uint32_t>("waiting.sizes", ids.size());
  std::size_t places = 0;
  for (const std::uint32_t each : sizes) places += each;
  const auto items = state.get<std::uint64_t>("waiting.items", places);
  const auto rewards = state.get<double>("waiting.rewards", places);
  const auto values = state.get<float>("waiting.features", places * size);
  std::size_t place = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    List list{.id = ids[i], .places = {}};
    for (std::uint32_t at = 0; at < sizes[i]; ++at, ++place) {
      const auto x = std::span(values).subspan(place * size, size);
      list.places.push_back({items[place], rewards[place], {x.begin(), x.end()}});
    }
    remember(std::move(list));
  }
}

FittedState BanditModel::state() const {
  std::size_t first = waiting_.size(), kept = 0;
  while (first > 0) {
    kept += waiting_[first - 1].places.size() * bandit_.features();
    if (kept > kMostSavedValues) break;
    --first;
  }
  std::vector<std::uint64_t> ids, items;
  std::vector<std::uint32_t> sizes;
  std::vector<double> rewards;
  std::vector<float> values;
  for (std::size_t i = first; i < waiting_.size(); ++i) {
    ids.push_back(waiting_[i].id);
    sizes.push_back(static_cast<std::uint32_t>(waiting_[i].places.size()));
    for (const Place& place : waiting_[i].places) {
      items.push_back(place.item);
      rewards.push_back(place.reward);
      values.insert(values.end(), place.x.begin(), place.x.end());
    }
  }
  FittedState state;
  state.put("inverse", bandit_.inverse());
  state.put("b", bandit_.b());
  state.put("counts", std::vector<std::uint64_t>{counts_.lists, counts_.items, counts_.rewards});
  state.put("waiting.ids", ids);
  state.put("waiting.sizes", sizes);
  state.put("waiting.items", items);
  state.put("waiting.rewards", rewards);
  state.put("waiting.features", values);
  return state;
}

void BanditModel::remember(List list) {
  by_id_.emplace(list.id, first_ + waiting_.size());
  waiting_.push_back(std::move(list));
  if (waiting_.size() <= most_waiting_) return;
  by_id_.erase(waiting_.front().id);
  waiting_.pop_front();
  ++first_;
}

void BanditModel::decided(std::string_view request_id, std::vector<Shown> items) {
  List list{.id = stable_hash(request_id), .places = {}};
  const std::lock_guard lock(mutex_);
  if (by_id_.contains(list.id)) return;
  for (Shown& shown : items) {
    bandit_.learn(as_doubles(shown.x), 0);
    list.places.push_back({stable_hash(shown.item), 0, std::move(shown.x)});
  }
  ++counts_.lists;
  counts_.items += list.places.size();
  remember(std::move(list));
  changed_ = true;
}

bool BanditModel::rewarded(std::string_view request_id, std::string_view item, double reward) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(stable_hash(request_id));
  if (found == by_id_.end()) return false;
  List& list = waiting_[found->second - first_];
  const auto place = std::ranges::find(list.places, stable_hash(item), &Place::item);
  if (place == list.places.end()) return false;
  const double total = place->reward == 0 ? reward : std::max(place->reward, reward);
  if (total == place->reward) return true;  // heard before, as when a store is read again
  if (place->reward == 0) ++counts_.rewards;
  bandit_.add_reward(as_doubles(place->x), total - place->reward);
  place->reward = total;
  changed_ = true;
  return true;
}

LinearBandit BanditModel::bandit() const {
  const std::lock_guard lock(mutex_);
  return bandit_;
}

BanditModel::Figures BanditModel::figures() const {
  const std::lock_guard lock(mutex_);
  Figures figures = counts_;
  figures.waiting = waiting_.size();
  return figures;
}

void BanditModel::save() {
  const std::lock_guard one_at_a_time(saving_);
  FittedState now;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(changed_, false)) return;
    now = state();
  }
  try {
    now.save(file_, origin_);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    changed_ = true;
    throw;
  }
}

}  // namespace p5
