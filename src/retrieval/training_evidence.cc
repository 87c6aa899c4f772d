#include "retrieval/training_evidence.h"

#include <algorithm>
#include <utility>

#include "base/interrupt.h"
#include "base/thread_pool.h"

namespace p5 {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;  // of neighbors that are held

}  // namespace

TrainingEvidence::TrainingEvidence(std::shared_ptr<const NeighborEvidence> evidence, std::shared_ptr<const Split> split,
                                   std::size_t threads, const StopToken& stop)
    : evidence_(std::move(evidence)), split_(std::move(split)) {
  const std::size_t users = split_->corpus().user_count();
  std::vector<std::uint64_t> first(users + 1, 0);
  for (UserId user = 0; user < users; ++user) {
    const std::size_t items = split_->train_items(user).size();
    first[user + 1] = first[user] + (items > 1 ? items - 1 : 0);
  }
  const auto neighbors = static_cast<std::uint64_t>(evidence_->options().neighbors);
  if (first.back() * neighbors * sizeof(Neighbor) > kMaxBytes) return;
  std::vector<std::vector<Neighbor>> lists(first.back());
  ThreadPool pool(threads);
  pool.parallel_for(users, 16, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t user = begin; user < end; ++user) {
      stop_if_requested(stop, "interrupted while counting neighbors");
      const auto items = split_->train_items(static_cast<UserId>(user));
      for (std::size_t length = 1; length < items.size(); ++length) {
        lists[first[user] + length - 1] = evidence_->of(items.first(length), static_cast<UserId>(user));
      }
    }
  });
  first_prefix_ = std::move(first);
  begins_.assign(1, 0);
  begins_.reserve(lists.size() + 1);
  for (const auto& list : lists) begins_.push_back(begins_.back() + list.size());
  neighbors_.reserve(begins_.back());
  for (auto& list : lists) {
    neighbors_.insert(neighbors_.end(), list.begin(), list.end());
    std::vector<Neighbor>().swap(list);
  }
}

std::vector<Neighbor> TrainingEvidence::of(UserId user, std::size_t length) const {
  if (first_prefix_.empty()) return evidence_->of(split_->train_items(user).first(length), user);
  const std::uint64_t prefix = first_prefix_[user] + length - 1;
  return {neighbors_.begin() + static_cast<std::ptrdiff_t>(begins_[prefix]),
          neighbors_.begin() + static_cast<std::ptrdiff_t>(begins_[prefix + 1])};
}

}  // namespace p5
