#include "retrieval/bpr_factors.h"

#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "base/interrupt.h"
#include "base/rng.h"
#include "p5/error.h"
#include "retrieval/user_item_sets.h"

namespace p5 {
namespace {

class BprTrainer {
 public:
  BprTrainer(const UserItemSets& sets, std::size_t drawable, const BprOptions& options)
      : sets_(sets),
        drawable_(drawable),
        options_(options),
        rng_(options.seed, "bpr"),
        width_(static_cast<std::size_t>(options.factors)),
        users_(sets.user_count() * width_),
        items_{.width = width_,
               .factors = std::vector<float>(sets.item_count() * width_),
               .biases = std::vector<float>(sets.item_count())} {
    const double scale = options.initial_std / std::sqrt(static_cast<double>(width_));
    for (float& factor : users_) factor = static_cast<float>(scale * rng_.normal());
    for (float& factor : items_.factors) factor = static_cast<float>(scale * rng_.normal());
    for (UserId user = 0; user < sets.user_count(); ++user) {
      const auto items = sets.items_of(user);
      if (items.size() == drawable) continue;  // nothing to draw against
      for (const ItemId item : items) events_.push_back({user, item});
    }
    if (events_.empty()) throw usage_error("BPR has nothing to fit", {.expected = "training events", .got = "none"});
  }

  void pass() {
    rng_.shuffle(std::span(events_));
    for (const auto& [user, item] : events_) {
      ItemId other = 0;
      do other = static_cast<ItemId>(rng_.below(drawable_));
      while (sets_.has(user, other));
      step(user, item, other);
    }
  }

  ItemFactors take() { return std::move(items_); }

 private:
  void step(UserId user, ItemId item, ItemId other) {
    float* p = users_.data() + user * width_;
    float* q = items_.factors.data() + item * width_;
    float* r = items_.factors.data() + other * width_;
    float margin = items_.biases[item] - items_.biases[other];
    for (std::size_t f = 0; f < width_; ++f) margin += p[f] * (q[f] - r[f]);
    const auto lr = static_cast<float>(options_.lr), l2 = static_cast<float>(options_.l2);
    const float pull = 1.0f / (1.0f + std::exp(margin));
    for (std::size_t f = 0; f < width_; ++f) {
      const float before = p[f];
      p[f] += lr * (pull * (q[f] - r[f]) - l2 * before);
      q[f] += lr * (pull * before - l2 * q[f]);
      r[f] += lr * (-pull * before - l2 * r[f]);
    }
    const auto bias_l2 = static_cast<float>(options_.bias_l2);
    items_.biases[item] += lr * (pull - bias_l2 * items_.biases[item]);
    items_.biases[other] += lr * (-pull - bias_l2 * items_.biases[other]);
  }

  const UserItemSets& sets_;
  std::size_t drawable_;  // the items below are drawn as negatives
  const BprOptions& options_;
  Rng rng_;
  std::size_t width_;
  std::vector<float> users_;
  ItemFactors items_;
  std::vector<std::pair<UserId, ItemId>> events_;
};

}  // namespace

void BprOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("bpr.factors", &factors, {.help = "BPR: number of factors", .minimum = 1, .maximum = 1024});
  table.add("bpr.lr", &lr, {.help = "BPR: learning rate", .minimum = 1e-6, .maximum = 1});
  table.add("bpr.l2", &l2, {.help = "BPR: weight decay of factors", .minimum = 0, .maximum = 10});
  table.add("bpr.bias_l2", &bias_l2, {.help = "BPR: weight decay of the biases of items", .minimum = 0, .maximum = 10});
  table.add("bpr.initial_std", &initial_std,
            {.help = "BPR: standard deviation of the initial factors", .minimum = 1e-9, .maximum = 10});
  table.add("bpr.epochs", &epochs, {.help = "BPR: passes over the training events", .minimum = 1});
  table.add("bpr.seed", &seed, {.help = "BPR: seed of the initial factors, the order and the negatives", .minimum = 0});
  weights.bind(table, "bpr", "BPR");
}

ItemFactors fit_bpr(const Split& split, const BprOptions& options, const StopToken& stop) {
  const UserItemSets sets(split, "BPR");
  BprTrainer trainer(sets, split.corpus().items_with_events(), options);
  for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    stop_if_requested(stop, "BPR interrupted; nothing was written");
    trainer.pass();
  }
  return trainer.take();
}

}  // namespace p5
