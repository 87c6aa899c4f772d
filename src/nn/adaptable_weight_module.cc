#include "nn/adaptable_weight_module.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace p5 {

LowRankChange::LowRankChange(const Shape& shape, torch::Generator& generator) : scale_(shape.scale) {
  const double limit = 1.0 / std::sqrt(static_cast<double>(shape.columns));
  a_ = register_parameter("lora_A", torch::empty({shape.rank, shape.columns}).uniform_(-limit, limit, generator));
  b_ = register_parameter("lora_B", torch::zeros({shape.rows, shape.rank}));
}

torch::Tensor LowRankChange::of(const torch::Tensor& weight) const {
  return torch::addmm(weight, b_, a_, /*beta=*/1, /*alpha=*/scale_);
}

ScaleChange::ScaleChange(Axis axis, std::int64_t size) : axis_(axis) {
  factors_ = register_parameter("ia3_l", torch::ones({size}));
}

torch::Tensor ScaleChange::of(const torch::Tensor& weight) const {
  return weight * (axis_ == Axis::kRows ? factors_.unsqueeze(1) : factors_.unsqueeze(0));
}

RowsChange::RowsChange(const torch::Tensor& rows, const torch::Tensor& weight) : rows_(rows) {
  const torch::NoGradGuard no_gradient;
  values_ = register_parameter("rows", weight.detach().index_select(0, rows).clone());
}

torch::Tensor RowsChange::of(const torch::Tensor& weight) const { return weight.index_copy(0, rows_, values_); }

void AdaptableWeight::change(std::int64_t first, std::int64_t count, std::shared_ptr<WeightChange> change) {
  auto place = std::ranges::find_if(sections_, [&](const Section& section) { return section.first >= first; });
  if (place == sections_.end() || place->first != first) place = sections_.insert(place, {first, count, {}});
  place->changes.push_back(std::move(change));
}

torch::Tensor AdaptableWeight::seen() const {
  if (sections_.empty()) return weight_;
  std::vector<torch::Tensor> parts;
  std::int64_t row = 0;
  const auto unchanged_until = [&](std::int64_t end) {
    if (end > row) parts.push_back(weight_.narrow(0, row, end - row));
  };
  for (const Section& section : sections_) {
    unchanged_until(section.first);
    torch::Tensor part = weight_.narrow(0, section.first, section.count);
    for (const auto& change : section.changes) part = change->of(part);
    parts.push_back(part);
    row = section.first + section.count;
  }
  unchanged_until(weight_.size(0));
  return parts.size() == 1 ? parts.front() : torch::cat(parts);
}

}  // namespace p5
