#include "retrieval/ridge_matrices.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "base/interrupt.h"
#include "retrieval/dense_algebra.h"

namespace p5 {
namespace {

constexpr std::size_t kLanes = 8;  // rows of P that are multiplied by C at once
constexpr std::size_t kRemembered = 8;

void add_scaled(std::span<const float> row, float scale, std::span<float> sums) {
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += scale * row[i];
}

// The inverse of a small matrix [n, n] by Gauss and Jordan with row pivots.
std::vector<double> small_inverse(std::vector<double> a, std::size_t n) {
  std::vector<double> inverse(n * n);
  for (std::size_t i = 0; i < n; ++i) inverse[i * n + i] = 1.0;
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < n; ++i) {
      if (std::abs(a[i * n + k]) > std::abs(a[pivot * n + k])) pivot = i;
    }
    for (std::size_t j = 0; j < n; ++j) {
      std::swap(a[k * n + j], a[pivot * n + j]);
      std::swap(inverse[k * n + j], inverse[pivot * n + j]);
    }
    const double scale = 1.0 / a[k * n + k];
    for (std::size_t j = 0; j < n; ++j) {
      a[k * n + j] *= scale;
      inverse[k * n + j] *= scale;
    }
    for (std::size_t i = 0; i < n; ++i) {
      const double factor = a[i * n + k];
      if (i == k || factor == 0.0) continue;
      for (std::size_t j = 0; j < n; ++j) {
        a[i * n + j] -= factor * a[k * n + j];
        inverse[i * n + j] -= factor * inverse[k * n + j];
      }
    }
  }
  return inverse;
}

// kLanes rows of P times C, the lanes of an entry side by side.
class ProductBlock {
 public:
  explicit ProductBlock(std::size_t items) : items_(items), lanes_(items * kLanes) {}

  void multiply(std::span<const float> inverse, std::size_t first, std::size_t rows, const SparseRows& targets) {
    std::fill(lanes_.begin(), lanes_.end(), 0.0f);
    float factors[kLanes] = {};
    for (std::size_t k = 0; k < items_; ++k) {
      for (std::size_t lane = 0; lane < rows; ++lane) factors[lane] = inverse[(first + lane) * items_ + k];
      for (const ItemWeight& entry : targets[k]) {
        float* sums = lanes_.data() + entry.item * kLanes;
        for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += factors[lane] * entry.weight;
      }
    }
  }
  float at(std::size_t lane, std::size_t item) const { return lanes_[item * kLanes + lane]; }

 private:
  std::size_t items_;
  std::vector<float> lanes_;  // [items, kLanes]
};

}  // namespace

// For r examples of the user: U, Y = V - H, T, and d without the user.
struct RidgeMatrices::Absence {
  UserId user;
  std::size_t examples;
  std::vector<float> u, y;   // [examples, items]
  std::vector<double> t;     // [examples, examples], symmetric
  std::vector<float> ratio;  // d [items]
};

RidgeMatrices::RidgeMatrices(HistoryExamples examples, std::size_t items, double lambda, ThreadPool& pool,
                             const StopToken& stop)
    : items_(items), examples_(std::move(examples)), inverse_(items * items), diagonal_(items) {
  const SparseRows by_item = transpose(examples_.inputs, items);
  targets_ = multiply(by_item, examples_.targets, items, pool);
  const SparseRows gram = multiply(by_item, examples_.inputs, items, pool);
  for (std::size_t i = 0; i < items; ++i) {
    for (const ItemWeight& entry : gram[i]) inverse_[i * items + entry.item] = entry.weight;
    inverse_[i * items + i] += static_cast<float>(lambda);
  }
  invert_positive_definite(inverse_, items, pool, stop);
  const SparseRows columns = transpose(targets_, items);
  for (std::size_t j = 0; j < items; ++j) {
    double sum = 0;
    for (const ItemWeight& entry : columns[j]) sum += static_cast<double>(inverse(j)[entry.item]) * entry.weight;
    diagonal_[j] = static_cast<float>(sum);
  }
}

RidgeMatrices::~RidgeMatrices() = default;

SparseRows RidgeMatrices::solve(std::size_t most, bool keep, ThreadPool& pool, const StopToken& stop) {
  if (keep) products_.resize(items_ * items_);
  std::vector<float> ratio(items_);
  for (std::size_t j = 0; j < items_; ++j) ratio[j] = diagonal_[j] / inverse(j)[j];
  std::vector<std::vector<ItemWeight>> rows(items_);
  std::vector<ProductBlock> blocks(pool.size(), ProductBlock(items_));
  pool.parallel_for(items_, kLanes, [&](std::size_t begin, std::size_t end, std::size_t worker) {
    stop_if_requested(stop, "solving a ridge regression interrupted; nothing was written");
    ProductBlock& block = blocks[worker];
    block.multiply(inverse_, begin, end - begin, targets_);
    for (std::size_t i = begin; i < end; ++i) {
      std::vector<ItemWeight>& row = rows[i];
      row.reserve(items_);
      for (ItemId j = 0; j < items_; ++j) {
        const float product = block.at(i - begin, j);
        if (keep) products_[i * items_ + j] = product;
        if (j != i) row.push_back({j, product - inverse(i)[j] * ratio[j]});
      }
      keep_strongest(row, most);
      row.shrink_to_fit();
    }
  });
  return SparseRows(std::move(rows));
}

std::shared_ptr<const RidgeMatrices::Absence> RidgeMatrices::make_absence(UserId user) const {
  const std::size_t first = examples_.user_begins[user], count = examples_.user_begins[user + 1] - first;
  Absence absence{
      .user = user, .examples = count, .u = std::vector<float>(count * items_), .y = {}, .t = {}, .ratio = {}};
  absence.y.resize(count * items_);
  const auto row_of = [&](std::vector<float>& matrix, std::size_t row) {
    return std::span(matrix).subspan(row * items_, items_);
  };
  for (std::size_t r = 0; r < count; ++r) {
    for (const ItemWeight& entry : examples_.inputs[first + r]) {
      add_scaled(inverse(entry.item), entry.weight, row_of(absence.u, r));
      add_scaled(product(entry.item), entry.weight, row_of(absence.y, r));
    }
    for (const ItemWeight& entry : examples_.targets[first + r]) row_of(absence.y, r)[entry.item] -= entry.weight;
  }
  std::vector<double> inner(count * count);
  for (std::size_t a = 0; a < count; ++a) {
    for (std::size_t b = 0; b < count; ++b) {
      double sum = a == b ? 1.0 : 0.0;
      for (const ItemWeight& entry : examples_.inputs[first + a]) {
        sum -= static_cast<double>(entry.weight) * absence.u[b * items_ + entry.item];
      }
      inner[a * count + b] = sum;
    }
  }
  absence.t = small_inverse(std::move(inner), count);
  std::vector<float> above = diagonal_, below(items_), mixed(items_);
  for (std::size_t j = 0; j < items_; ++j) below[j] = inverse(j)[j];
  for (std::size_t a = 0; a < count; ++a) {  // adds U T Y^T and U T U^T on their diagonals
    std::fill(mixed.begin(), mixed.end(), 0.0f);
    for (std::size_t b = 0; b < count; ++b) {
      add_scaled(row_of(absence.u, b), static_cast<float>(absence.t[b * count + a]), mixed);
    }
    for (std::size_t j = 0; j < items_; ++j) {
      above[j] += mixed[j] * absence.y[a * items_ + j];
      below[j] += mixed[j] * absence.u[a * items_ + j];
    }
  }
  absence.ratio.resize(items_);
  for (std::size_t j = 0; j < items_; ++j) absence.ratio[j] = above[j] / below[j];
  return std::make_shared<const Absence>(std::move(absence));
}

std::shared_ptr<const RidgeMatrices::Absence> RidgeMatrices::absence_of(UserId user) const {
  const auto find = [&] {
    return std::find_if(remembered_.begin(), remembered_.end(), [&](const auto& it) { return it->user == user; });
  };
  {
    const std::lock_guard lock(remembering_);
    if (const auto found = find(); found != remembered_.end()) return *found;
  }
  auto made = make_absence(user);  // two threads may make the same, to no harm
  const std::lock_guard lock(remembering_);
  if (remembered_.size() == kRemembered) remembered_.erase(remembered_.begin());
  remembered_.push_back(made);
  return made;
}

void RidgeMatrices::score_without(UserId user, std::span<const ItemWeight> history, std::span<float> scores) const {
  assert(!products_.empty());
  const std::shared_ptr<const Absence> absence = absence_of(user);
  const std::size_t count = absence->examples;
  std::vector<float> inverses(items_);
  std::vector<double> loads(count);  // of the history on U
  std::fill(scores.begin(), scores.end(), 0.0f);
  for (const ItemWeight& entry : history) {
    add_scaled(product(entry.item), entry.weight, scores);
    add_scaled(inverse(entry.item), entry.weight, inverses);
    for (std::size_t a = 0; a < count; ++a) {
      loads[a] += static_cast<double>(entry.weight) * absence->u[a * items_ + entry.item];
    }
  }
  for (std::size_t a = 0; a < count; ++a) {
    double load = 0;
    for (std::size_t b = 0; b < count; ++b) load += loads[b] * absence->t[b * count + a];
    const auto scale = static_cast<float>(load);
    add_scaled(std::span(absence->y).subspan(a * items_, items_), scale, scores);
    add_scaled(std::span(absence->u).subspan(a * items_, items_), scale, inverses);
  }
  for (std::size_t j = 0; j < items_; ++j) scores[j] -= inverses[j] * absence->ratio[j];
}

}  // namespace p5
