#include "t5/fixed_batch_module.h"

#include <array>
#include <cstring>
#include <vector>

#include "nn/sequence_runs.h"

namespace p5 {
namespace {

enum Field : std::size_t {
  kSource,
  kWholeWord,
  kMask,
  kInput,
  kPlace,
  kLabel,
  kRow,
  kWeight,
  kCount,
  kSet,
  kMemberSet,
  kMember,
  kColumn,
  kDepth,
  kRepeat,
  kFeature,
  kShare,
  kFields
};

std::array<std::int64_t, kFields> sizes_of(const FixedShape& shape) {
  const std::int64_t source = shape.rows * shape.source, known = shape.labels * shape.known;
  return {source,
          shape.whole_word ? source : 0,
          shape.masked ? source : 0,
          shape.rows * shape.target,
          shape.labels,
          shape.labels,
          shape.labels,
          shape.labels,
          shape.rows,
          shape.sets > 0 ? shape.labels : 0,
          shape.members,
          shape.members,
          known,
          known,
          known,
          known,
          known};
}

}  // namespace

FixedTensors::FixedTensors(const FixedShape& shape, torch::Device device) : shape_(shape), offsets_{0} {
  for (const std::int64_t size : sizes_of(shape)) offsets_.push_back(offsets_.back() + size);
  device_ = torch::empty({offsets_.back()}, torch::TensorOptions(torch::kInt).device(device));
}

void FixedTensors::take(const FixedBatch& batch, torch::Tensor& host) {
  const std::int64_t size = offsets_.back();
  if (!host.defined() || host.numel() < size) {
    host = torch::empty({size + size / 2}, torch::TensorOptions(torch::kInt).pinned_memory(device_.is_cuda()));
  }
  std::size_t field = 0;
  const auto put = [&](const auto& values) {
    static_assert(sizeof values[0] == sizeof(std::int32_t));
    TORCH_CHECK(static_cast<std::int64_t>(values.size()) == offsets_[field + 1] - offsets_[field],
                "a fixed batch of another shape: field ", field);
    if (!values.empty()) {
      std::memcpy(host.data_ptr<std::int32_t>() + offsets_[field], values.data(), 4 * values.size());
    }
    ++field;
  };
  put(batch.source);
  put(batch.whole_word);
  put(batch.mask);
  put(batch.input);
  put(batch.place);
  put(batch.label);
  put(batch.row);
  put(batch.weight);
  put(batch.count);
  put(batch.set);
  put(batch.member_set);
  put(batch.member);
  put(batch.column);
  put(batch.depth);
  put(batch.repeat);
  put(batch.feature);
  put(batch.share);
  device_.copy_(host.narrow(0, 0, size), /*non_blocking=*/true);
}

torch::Tensor FixedTensors::integers(std::size_t field) const {
  return device_.narrow(0, offsets_[field], offsets_[field + 1] - offsets_[field]).to(torch::kLong);
}

torch::Tensor FixedTensors::numbers(std::size_t field) const {
  return device_.narrow(0, offsets_[field], offsets_[field + 1] - offsets_[field]).view(torch::kFloat);
}

LabelWorld FixedTensors::world(const T5Module& module, std::int64_t vocab) const {
  LabelWorld world;
  if (shape_.sets > 0) {
    world.set = integers(kSet);
    const torch::Tensor open =
        torch::ones({shape_.sets, vocab}, torch::TensorOptions(torch::kBool).device(device_.device()));
    open.narrow(0, 0, 1).zero_();
    world.closed = open.index_put({integers(kMemberSet), integers(kMember)}, torch::zeros({}, open.options()));
  }
  if (shape_.known > 0) {
    const auto matrix = [&](const torch::Tensor& values) { return values.view({shape_.labels, shape_.known}); };
    world.columns = matrix(integers(kColumn));
    world.bias = matrix(module.evidence_bias(integers(kDepth), numbers(kFeature), integers(kRepeat)));
    world.shares = matrix(numbers(kShare));
  }
  return world;
}

FixedTensors::Loss FixedTensors::loss(T5Module& module, const T5Spec& spec) const {
  SourceTensors source;
  source.tokens = integers(kSource).view({shape_.rows, shape_.source});
  if (shape_.whole_word) source.whole_word = integers(kWholeWord).view(source.tokens.sizes());
  if (shape_.masked) source.mask = numbers(kMask).view(source.tokens.sizes());
  const SequenceRuns runs{{shape_.rows, shape_.target}};
  const torch::Tensor states = module.decode(integers(kInput), runs, module.encode(source), source.mask);
  const torch::Tensor asked = states.view({-1, states.size(-1)}).index_select(0, integers(kPlace));
  const torch::Tensor weights = numbers(kWeight);
  const WeightedLoss weighted =
      blocked_cross_entropy(asked, module.output_weight(), integers(kLabel), weights, world(module, spec.vocab_size));
  const torch::Tensor by_row = torch::zeros({shape_.rows + 1}, weights.options())
                                   .index_add_(0, integers(kRow), weighted.losses)
                                   .narrow(0, 0, shape_.rows);
  return {weighted.sum, by_row / numbers(kCount)};
}

}  // namespace p5
