#include <torch/csrc/autograd/utils/lambda_post_hook.h>

#include <functional>
#include <utility>
#include <vector>

#include "train/gradient_buckets_module.h"

namespace p5 {
namespace {

constexpr std::int64_t kBucketValues = 1 << 20;  // at least, except in the last ones

}  // namespace

struct GradientBuckets::State {
  struct Bucket {
    std::int64_t begin = 0, end = 0;  // values of the gradient
    std::int64_t parameters = 0, left = 0;
  };
  Collective& group;
  torch::Tensor gradient;
  std::vector<Bucket> buckets;
  std::vector<std::shared_ptr<torch::autograd::Node>> accumulators;  // alive, so that their hooks are
  std::vector<std::function<void()>> sums;                           // that have begun
  bool active = false;
  std::int64_t early = 0;

  void begin_next() {
    const Bucket& bucket = buckets[sums.size()];
    sums.push_back(group.begin_sum(gradient.narrow(0, bucket.begin, bucket.end - bucket.begin)));
  }
  void ready(std::size_t bucket) {
    if (!active) return;
    --buckets[bucket].left;
    while (sums.size() < buckets.size() && buckets[sums.size()].left == 0) begin_next();
  }
};

GradientBuckets::GradientBuckets(const FlatParameters& parameters, Collective& group, std::int64_t own_begin,
                                 std::int64_t own_end)
    : state_(
          new State{.group = group, .gradient = parameters.gradient(), .buckets = {}, .accumulators = {}, .sums = {}}) {
  const std::vector<FlatParameters::Range> ranges = parameters.ranges();
  const std::vector<torch::Tensor> tensors = parameters.parameters();
  const auto end_of = [&](std::size_t i) { return i + 1 < ranges.size() ? ranges[i + 1].begin : parameters.size(); };
  const std::size_t decayed = parameters.decayed_names().size();
  std::vector<std::size_t> order;  // norms and biases are of all layers: they are complete when the backward pass ends
  for (std::size_t i = decayed; i-- > 0;) order.push_back(i);
  for (std::size_t i = ranges.size(); i-- > decayed;) order.push_back(i);
  auto& buckets = state_->buckets;
  for (const std::size_t i : order) {
    if (ranges[i].begin >= own_begin && ranges[i].begin < own_end) continue;
    const bool goes_on = !buckets.empty() && buckets.back().begin == end_of(i) &&
                         buckets.back().end - buckets.back().begin < kBucketValues;
    if (!goes_on) buckets.push_back({.begin = 0, .end = end_of(i)});
    buckets.back().begin = ranges[i].begin;
    ++buckets.back().parameters;
    auto accumulator = torch::autograd::impl::grad_accumulator(tensors[i]);
    accumulator->add_post_hook(std::make_unique<torch::autograd::utils::LambdaPostHook>(
        [state = std::weak_ptr(state_), bucket = buckets.size() - 1](const torch::autograd::variable_list& outputs,
                                                                     const torch::autograd::variable_list&) {
          if (const auto alive = state.lock()) alive->ready(bucket);
          return outputs;
        }));
    state_->accumulators.push_back(std::move(accumulator));
  }
}

GradientBuckets::~GradientBuckets() = default;

void GradientBuckets::begin() {
  for (State::Bucket& bucket : state_->buckets) bucket.left = bucket.parameters;
  state_->sums.clear();
  state_->active = true;
}

void GradientBuckets::finish() {
  state_->active = false;
  state_->early = static_cast<std::int64_t>(state_->sums.size());
  while (state_->sums.size() < state_->buckets.size()) state_->begin_next();
  for (const auto& wait : state_->sums) wait();
}

std::int64_t GradientBuckets::count() const { return static_cast<std::int64_t>(state_->buckets.size()); }
std::int64_t GradientBuckets::begun_early() const { return state_->early; }

}  // namespace p5
