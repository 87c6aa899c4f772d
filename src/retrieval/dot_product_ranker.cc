#include "retrieval/dot_product_ranker.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "p5/error.h"
#include "retrieval/top_k.h"

namespace p5 {
namespace {

constexpr std::size_t kGroupUsers = 192;         // packed vectors and lists of a group stay in the L2 cache,
constexpr std::size_t kBlockBytes = 256 * 1024;  // with a block of items that all tiles of the group use

std::size_t rounded_up(std::size_t count, std::size_t unit) { return (count + unit - 1) / unit * unit; }

// Transposes row-major [count, width] to [width, extent]; the rest of the extent becomes zeros.
void pack(const float* rows, std::size_t count, std::size_t width, std::size_t extent, float* packed) {
  for (std::size_t dimension = 0; dimension < width; ++dimension, packed += extent) {
    for (std::size_t row = 0; row < count; ++row) packed[row] = rows[row * width + dimension];
    std::fill(packed + count, packed + extent, 0.0f);
  }
}

// The lists of one user. Items come in ascending id, so that of equal scores the earlier one stays.
class UserLists {
 public:
  void start(std::span<const ItemId> seen, std::size_t k) {
    seen_ = seen;
    k_ = k;
    best_.clear();
    seen_hits_.clear();
    threshold_ = kNotACandidate;
  }

  // Items with a score at or below this are in neither list.
  float threshold() const { return threshold_; }

  void push(const Candidate& candidate) {
    if (!(candidate.score > threshold_)) return;
    while (!seen_.empty() && seen_.front() < candidate.item) seen_ = seen_.subspan(1);
    if (!seen_.empty() && seen_.front() == candidate.item) {
      seen_hits_.push_back(candidate);
      return;
    }
    if (best_.size() == k_) best_.pop_back();
    const auto worse = [](const Candidate& a, const Candidate& b) { return a.score > b.score; };
    best_.insert(std::upper_bound(best_.begin(), best_.end(), candidate, worse), candidate);
    if (best_.size() == k_) threshold_ = best_.back().score;
  }

  // The best of all items are among the best unseen items and the seen ones set aside: an item below the threshold has
  // k unseen items before it.
  void finish(std::vector<Candidate>& seen_kept, std::vector<Candidate>& seen_dropped) {
    std::sort(seen_hits_.begin(), seen_hits_.end(), ranks_before);
    seen_kept.resize(best_.size() + seen_hits_.size());
    std::merge(best_.begin(), best_.end(), seen_hits_.begin(), seen_hits_.end(), seen_kept.begin(), ranks_before);
    seen_kept.resize(std::min(seen_kept.size(), k_));
    seen_dropped = best_;
  }

 private:
  std::span<const ItemId> seen_;  // those not yet passed
  std::size_t k_ = 0;
  std::vector<Candidate> best_;  // unseen, best first
  std::vector<Candidate> seen_hits_;
  float threshold_ = kNotACandidate;
};

}  // namespace

// Ranks one group of users after another. Every worker has its own.
class DotProductPass {
 public:
  using Line = DotProductRanker::Line;

  DotProductPass(const DotProductRanker& ranker, std::size_t k)
      : ranker_(ranker), kernel_(ranker.kernel_), k_(k), hits_(kernel_.users), scores_(kernel_.users * 2) {}

  // `users` [count, width]; `seen` [count] or empty.
  void start(const float* users, std::size_t count, std::span<const std::span<const ItemId>> seen) {
    const std::size_t width = ranker_.width_, padded = rounded_up(count, kernel_.users);
    packed_.resize(rounded_up(padded * width, 16) / 16);
    thresholds_.assign(padded, std::numeric_limits<float>::infinity());  // rows of padding have no hits
    lists_.resize(std::max(lists_.size(), count));
    for (std::size_t first = 0; first < count; first += kernel_.users) {
      pack(users + first * width, std::min(kernel_.users, count - first), width, kernel_.users, tile_users(first));
    }
    for (std::size_t user = 0; user < count; ++user) {
      lists_[user].start(seen.empty() ? std::span<const ItemId>() : seen[user], k_);
      thresholds_[user] = lists_[user].threshold();
    }
  }

  void rank() {
    const std::size_t panels = rounded_up(ranker_.item_count_, kernel_.items) / kernel_.items;
    const std::size_t block = std::max<std::size_t>(1, kBlockBytes / (panel_size() * sizeof(float)));
    for (std::size_t begin = 0; begin < panels; begin += block) {
      const std::size_t end = std::min(begin + block, panels);
      for (std::size_t first = 0; first < thresholds_.size(); first += kernel_.users) {
        for (std::size_t panel = begin; panel < end; ++panel) score_tile(first, panel);
      }
    }
  }

  UserLists& lists(std::size_t user) { return lists_[user]; }

 private:
  std::size_t panel_size() const { return ranker_.width_ * kernel_.items; }
  float* tile_users(std::size_t first) { return packed_.front().values + first * ranker_.width_; }

  // Scores the tile of users from `first` on against one panel of items.
  void score_tile(std::size_t first, std::size_t panel) {
    const bool any = kernel_.run({.users = tile_users(first),
                                  .items = ranker_.panels_.front().values + panel * panel_size(),
                                  .width = ranker_.width_,
                                  .thresholds = thresholds_.data() + first,
                                  .hits = hits_.data(),
                                  .scores = scores_.front().values});
    if (!any) return;
    for (std::size_t row = 0; row < kernel_.users; ++row) {
      if (hits_[row] != 0) collect(first + row, panel * kernel_.items, row);
    }
  }

  void collect(std::size_t user, std::size_t first_item, std::size_t row) {
    const float* scores = scores_.front().values + row * kernel_.items;
    for (std::uint32_t hits = hits_[row]; hits != 0; hits &= hits - 1) {
      const auto index = static_cast<std::size_t>(std::countr_zero(hits));
      if (first_item + index >= ranker_.item_count_) break;
      lists_[user].push({static_cast<ItemId>(first_item + index), scores[index]});
    }
    thresholds_[user] = lists_[user].threshold();
  }

  const DotProductRanker& ranker_;
  const DotProductKernel& kernel_;
  const std::size_t k_;
  std::vector<Line> packed_;       // [tiles, width, kernel.users]
  std::vector<float> thresholds_;  // [tiles * kernel.users]
  std::vector<UserLists> lists_;
  std::vector<std::uint32_t> hits_;  // of one tile
  std::vector<Line> scores_;         // of one tile
};

DotProductRanker::DotProductRanker(std::span<const float> items, std::size_t width, const DotProductKernel& kernel)
    : kernel_(kernel), width_(width), item_count_(width == 0 ? 0 : items.size() / width) {
  if (width == 0 || items.size() % width != 0) {
    throw usage_error("the vectors of items are not whole rows",
                      {.where = "dot product",
                       .expected = "a multiple of the width " + std::to_string(width),
                       .got = std::to_string(items.size()) + " numbers"});
  }
  panels_.resize(rounded_up(rounded_up(item_count_, kernel_.items) * width, 16) / 16);
  for (std::size_t first = 0; first < item_count_; first += kernel_.items) {
    pack(items.data() + first * width, std::min(kernel_.items, item_count_ - first), width, kernel_.items,
         panels_.front().values + first * width);
  }
}

DotProductRanking DotProductRanker::rank(std::span<const float> users, std::span<const std::span<const ItemId>> seen,
                                         std::size_t k, ThreadPool& pool) const {
  const std::size_t count = users.size() / width_;
  if (users.size() % width_ != 0 || (!seen.empty() && seen.size() != count)) {
    throw usage_error(
        "the vectors of users do not fit",
        {.where = "dot product",
         .expected = "rows of " + std::to_string(width_) + " numbers, and seen items for each",
         .got = std::to_string(users.size()) + " numbers, seen items for " + std::to_string(seen.size())});
  }
  DotProductRanking ranking;
  ranking.seen_kept.resize(count);
  ranking.seen_dropped.resize(count);
  k = std::min(k, item_count_);
  if (k == 0) return ranking;
  std::vector<std::unique_ptr<DotProductPass>> passes(pool.size());
  pool.parallel_for(count, kGroupUsers, [&](std::size_t begin, std::size_t end, std::size_t worker) {
    if (!passes[worker]) passes[worker] = std::make_unique<DotProductPass>(*this, k);
    DotProductPass& pass = *passes[worker];
    pass.start(users.data() + begin * width_, end - begin, seen.empty() ? seen : seen.subspan(begin, end - begin));
    pass.rank();
    for (std::size_t user = begin; user < end; ++user) {
      pass.lists(user - begin).finish(ranking.seen_kept[user], ranking.seen_dropped[user]);
    }
  });
  return ranking;
}

}  // namespace p5
