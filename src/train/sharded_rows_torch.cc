#include <ATen/Parallel.h>

#include <algorithm>

#include "train/sharded_rows_module.h"

namespace p5 {
namespace {

constexpr std::int64_t kBlockValues = 1 << 22;  // that rank 0 gets from each process at once

// Who has the rows that one take() wants, and who wants which of ours.
struct RowExchange : torch::CustomClassHolder {
  Collective* group = nullptr;
  std::vector<std::int64_t> counts, got;  // by rank: rows that we want from it, and that it wants from us
  torch::Tensor order;                    // [wanted] int64: place among the wanted rows of each row that comes
  torch::Tensor asked;                    // [sum of got] int64: places in the own table

  torch::Tensor send_back(const torch::Tensor& of_wanted) const {
    if (group == nullptr) return of_wanted.contiguous();
    return group->exchange(of_wanted.index_select(0, order), counts, got);
  }
  torch::Tensor fetch(const torch::Tensor& own) const {
    const torch::Tensor rows = own.index_select(0, asked);
    if (group == nullptr) return rows;
    const torch::Tensor came = group->exchange(rows, got, counts);
    return torch::empty_like(came).index_copy_(0, order, came);
  }
};

// to[rows[i]] += from[i]; rows are distinct.
void add_rows(const torch::Tensor& from, const torch::Tensor& rows, const torch::Tensor& to) {
  const std::int64_t width = to.size(1);
  const auto* const values = from.data_ptr<float>();
  const auto* const places = rows.data_ptr<std::int64_t>();
  auto* const sums = to.data_ptr<float>();
  at::parallel_for(0, rows.size(0), std::max<std::int64_t>(1, 16384 / width),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t i = begin; i < end; ++i) {
                       const float* const value = values + i * width;
                       float* const sum = sums + places[i] * width;
                       for (std::int64_t at = 0; at < width; ++at) sum[at] += value[at];
                     }
                   });
}

struct TakenRows : torch::autograd::Function<TakenRows> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& own,
                               const c10::intrusive_ptr<RowExchange>& exchange) {
    context->save_for_backward({own});
    context->saved_data["exchange"] = c10::IValue::make_capsule(exchange);
    return exchange->fetch(own);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto exchange = c10::static_intrusive_pointer_cast<RowExchange>(context->saved_data["exchange"].toCapsule());
    const torch::Tensor own = context->get_saved_variables().front();
    if (!own.mutable_grad().defined()) own.mutable_grad() = torch::zeros_like(own);
    const torch::Tensor came = exchange->send_back(gradients.front());
    std::int64_t begin = 0;
    for (const std::int64_t count : exchange->got) {  // a process wants a row once, several may want the same
      add_rows(came.narrow(0, begin, count), exchange->asked.narrow(0, begin, count), own.grad());
      begin += count;
    }
    return {{}, {}};
  }
};

}  // namespace

ShardedRows::ShardedRows(Collective* group, std::int64_t rows) : group_(group), rows_(rows) {
  if (group == nullptr) return;
  rank_ = group->world().rank;
  size_ = group->world().size;
}

torch::Tensor ShardedRows::take(const torch::Tensor& own, const std::vector<std::int64_t>& wanted) const {
  const auto exchange = c10::make_intrusive<RowExchange>();
  exchange->group = group_;
  if (group_ == nullptr) {
    exchange->asked = torch::tensor(wanted);
    exchange->got = {static_cast<std::int64_t>(wanted.size())};
    return TakenRows::apply(own, exchange);
  }
  std::vector<std::int64_t> order, places;
  for (std::int64_t rank = 0; rank < size_; ++rank) {
    const std::size_t before = order.size();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i] % size_ != rank) continue;
      order.push_back(static_cast<std::int64_t>(i));
      places.push_back(wanted[i] / size_);
    }
    exchange->counts.push_back(static_cast<std::int64_t>(order.size() - before));
  }
  exchange->got = group_->exchange_counts(exchange->counts);
  exchange->order = torch::tensor(order);
  exchange->asked = group_->exchange(torch::tensor(places), exchange->counts, exchange->got);
  return TakenRows::apply(own, exchange);
}

torch::Tensor ShardedRows::gather(const torch::Tensor& own) const {
  const torch::NoGradGuard no_gradient;
  if (group_ == nullptr) return own.detach();
  const std::int64_t width = own.size(1), block = std::max<std::int64_t>(1, kBlockValues / width);
  const auto rows_of = [&](std::int64_t rank) { return (rows_ - rank + size_ - 1) / size_; };
  const auto in_block = [&](std::int64_t rank, std::int64_t begin) {
    return std::clamp<std::int64_t>(rows_of(rank) - begin, 0, block);
  };
  torch::Tensor whole;
  if (rank_ == 0) whole = torch::empty({rows_, width}, own.options().requires_grad(false));
  for (std::int64_t begin = 0; begin < rows_of(0); begin += block) {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(size_), 0), got = counts;
    counts[0] = in_block(rank_, begin);
    for (std::int64_t rank = 0; rank < size_ && rank_ == 0; ++rank) {
      got[static_cast<std::size_t>(rank)] = in_block(rank, begin);
    }
    const torch::Tensor sent = own.detach().narrow(0, std::min(begin, own_rows()), counts[0]);
    const torch::Tensor came = group_->exchange(sent, counts, got);
    std::int64_t at = 0;
    for (std::int64_t rank = 0; rank < size_ && rank_ == 0; ++rank) {
      const std::int64_t count = got[static_cast<std::size_t>(rank)];
      if (count == 0) continue;
      whole.slice(0, rank + begin * size_, rank + (begin + count - 1) * size_ + 1, size_)
          .copy_(came.narrow(0, at, count));
      at += count;
    }
  }
  return whole;
}

torch::Tensor ShardedRows::own_of(const torch::Tensor& whole) const {
  return whole.slice(0, rank_, whole.size(0), size_).contiguous();
}

}  // namespace p5
