#include <fmt/format.h>

#include "p5/error.h"
#include "train/flat_parameters_module.h"

namespace p5 {
namespace {

constexpr std::int64_t kAlignment = 16;  // floats: a cache line

std::int64_t aligned(std::int64_t count) { return (count + kAlignment - 1) / kAlignment * kAlignment; }

bool decays(const torch::Tensor& parameter) { return parameter.dim() >= 2; }

void require_plain(const std::string& name, const torch::Tensor& parameter, torch::Device device) {
  if (parameter.scalar_type() == torch::kFloat32 && parameter.device() == device) return;
  throw Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "this parameter cannot be trained",
              {.where = name,
               .expected = fmt::format("float32 on {}", device.str()),
               .got = fmt::format("{} on {}", c10::toString(parameter.scalar_type()), parameter.device().str())});
}

}  // namespace

FlatParameters::FlatParameters(torch::nn::Module& module) {
  const std::int64_t size = lay_out(module);
  if (entries_.empty()) throw usage_error("the model has no parameter to train");
  const torch::NoGradGuard no_gradient;
  weights_ = torch::zeros({size}, entries_.front().parameter.options().requires_grad(false));
  gradient_ = torch::zeros_like(weights_);
  const auto weights = views(weights_), gradients = views(gradient_);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    torch::Tensor& parameter = entries_[i].parameter;
    weights[i].second.copy_(parameter);
    parameter.set_data(weights[i].second);
    parameter.mutable_grad() = gradients[i].second;
  }
}

FlatParameters::~FlatParameters() {
  for (Entry& entry : entries_) entry.parameter.mutable_grad().reset();
}

std::int64_t FlatParameters::lay_out(torch::nn::Module& module) {
  std::int64_t offset = 0;
  for (const bool decayed : {true, false}) {
    for (const auto& item : module.named_parameters()) {
      const torch::Tensor& parameter = item.value();
      if (!parameter.requires_grad() || decays(parameter) != decayed) continue;
      require_plain(item.key(), parameter, entries_.empty() ? parameter.device() : entries_.front().parameter.device());
      entries_.push_back({item.key(), parameter, offset});
      offset += aligned(parameter.numel());
    }
    if (decayed) decayed_size_ = offset;
  }
  return offset;
}

std::vector<std::string> FlatParameters::decayed_names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) {
    if (entry.offset < decayed_size_) names.push_back(entry.name);
  }
  return names;
}

std::vector<FlatParameters::Range> FlatParameters::ranges() const {
  std::vector<Range> result;
  for (const Entry& entry : entries_) {
    result.push_back({entry.name, entry.offset, entry.offset + entry.parameter.numel()});
  }
  return result;
}

std::vector<torch::Tensor> FlatParameters::parameters() const {
  std::vector<torch::Tensor> result;
  for (const Entry& entry : entries_) result.push_back(entry.parameter);
  return result;
}

std::vector<std::pair<std::string, torch::Tensor>> FlatParameters::views(const torch::Tensor& flat) const {
  std::vector<std::pair<std::string, torch::Tensor>> result;
  result.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    result.emplace_back(entry.name,
                        flat.narrow(0, entry.offset, entry.parameter.numel()).view(entry.parameter.sizes()));
  }
  return result;
}

}  // namespace p5
