#include "nn/sampled_cross_entropy_module.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace p5 {
namespace {

// Logits of single entries of a matrix, z_e = h_r(e) . v_c(e), without the rest of it.
struct EntryLogits : torch::autograd::Function<EntryLogits> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& states,
                               const torch::Tensor& items, const torch::Tensor& rows, const torch::Tensor& columns) {
    context->save_for_backward({states, items, rows, columns});
    torch::Tensor logits = torch::empty({rows.size(0)}, states.options());
    const std::int64_t width = states.size(1);
    const auto *h = states.data_ptr<float>(), *v = items.data_ptr<float>();
    const auto *r = rows.data_ptr<std::int64_t>(), *c = columns.data_ptr<std::int64_t>();
    auto* z = logits.data_ptr<float>();
    at::parallel_for(0, rows.size(0), 1024, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t e = begin; e < end; ++e) z[e] = dot(h + r[e] * width, v + c[e] * width, width);
    });
    return logits;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor slope = gradients[0].contiguous();
    torch::Tensor of_states = torch::zeros_like(saved[0]), of_items = torch::zeros_like(saved[1]);
    const std::int64_t width = saved[0].size(1);
    const auto *h = saved[0].data_ptr<float>(), *v = saved[1].data_ptr<float>(), *g = slope.data_ptr<float>();
    const auto *r = saved[2].data_ptr<std::int64_t>(), *c = saved[3].data_ptr<std::int64_t>();
    auto *dh = of_states.data_ptr<float>(), *dv = of_items.data_ptr<float>();
    for (std::int64_t e = 0; e < saved[2].size(0); ++e) {  // in order, so that sums do not depend on threads
      add(g[e], v + c[e] * width, dh + r[e] * width, width);
      add(g[e], h + r[e] * width, dv + c[e] * width, width);
    }
    return {of_states, of_items, {}, {}};
  }

 private:
  static float dot(const float* a, const float* b, std::int64_t width) {
    constexpr std::int64_t kLanes = 16;
    float lanes[kLanes] = {};
    std::int64_t i = 0;
    for (; i + kLanes <= width; i += kLanes) {
      for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
    }
    float sum = 0;
    for (; i < width; ++i) sum += a[i] * b[i];
    for (const float lane : lanes) sum += lane;
    return sum;
  }

  static void add(float factor, const float* __restrict from, float* __restrict to, std::int64_t width) {
    for (std::int64_t i = 0; i < width; ++i) to[i] += factor * from[i];
  }
};

// What a row certainly compares: its label and the items that evidence knows, row after row.
struct SureEntries {
  torch::Tensor rows, columns;  // [entries] int64
  torch::Tensor bias, target;   // [entries] added to the logit; share of the row's target

  static SureEntries of(const torch::Tensor& labels, const SparseLogits* sparse) {
    const std::int64_t count = labels.size(0);
    const torch::Tensor every = torch::arange(count);
    const torch::Tensor ones = torch::ones({count});
    if (sparse == nullptr) return {every, labels, torch::zeros({count}), ones};
    const SparseLogits& known = *sparse;
    const torch::Tensor rows = torch::repeat_interleave(every, known.offsets.diff());
    const torch::Tensor labelled = (known.columns == labels.index_select(0, rows)).to(torch::kFloat);
    const torch::Tensor left = ones.index_add(0, rows, -known.shares);  // of the target, for the label
    const torch::Tensor unknown = (torch::zeros({count}).index_add(0, rows, labelled) == 0).nonzero().squeeze(1);
    return {torch::cat({rows, unknown}), torch::cat({known.columns, labels.index_select(0, unknown)}),
            torch::cat({known.bias, torch::zeros({unknown.size(0)})}),
            torch::cat({known.shares + labelled * left.index_select(0, rows), left.index_select(0, unknown)})};
  }
};

// The largest value of each row, [count]; every row has a value.
torch::Tensor largest(const torch::Tensor& values, const torch::Tensor& rows, std::int64_t count) {
  torch::Tensor most = torch::full({count}, -std::numeric_limits<float>::infinity(), values.options());
  if (!values.is_cpu()) return most.scatter_reduce(0, rows, values, "amax");
  auto* const to = most.data_ptr<float>();
  const auto* const from = values.data_ptr<float>();
  const auto* const row = rows.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < values.size(0); ++i) to[row[i]] = std::max(to[row[i]], from[i]);
  return most;
}

// log of the sum of exp(values) of each row, [count].
torch::Tensor log_sums(const torch::Tensor& values, const torch::Tensor& rows, std::int64_t count) {
  const torch::Tensor most = largest(values.detach(), rows, count);
  const torch::Tensor zeros = torch::zeros({count}, values.options());
  return zeros.index_add(0, rows, (values - most.index_select(0, rows)).exp()).log() + most;
}

torch::Tensor entry_logits(const torch::Tensor& states, const torch::Tensor& output, const torch::Tensor& rows,
                           const torch::Tensor& columns) {
  if (states.is_cpu() && states.scalar_type() == torch::kFloat && output.scalar_type() == torch::kFloat) {
    return EntryLogits::apply(states.contiguous(), output.contiguous(), rows, columns);
  }
  return (states.index_select(0, rows) * output.index_select(0, columns)).sum(1).to(torch::kFloat);
}

}  // namespace

torch::Tensor listed_cross_entropy(const torch::Tensor& states, const torch::Tensor& output,
                                   const ListedLogits& listed) {
  const std::int64_t count = states.size(0);
  const torch::Device device = states.device();
  const torch::Tensor rows = torch::repeat_interleave(torch::arange(count), listed.offsets.diff()).to(device);
  const torch::Tensor logits = entry_logits(states, output, rows, listed.columns.to(device)) + listed.bias;
  return log_sums(logits, rows, count) -
         torch::zeros({count}, logits.options()).index_add(0, rows, listed.target * logits);
}

torch::Tensor chances_of(const torch::Tensor& weights, std::int64_t draws) {
  if (weights.size(0) <= draws) return torch::ones_like(weights);
  torch::Tensor chances = weights / weights.sum() * static_cast<double>(draws);
  for (int round = 0; round < 50; ++round) {  // what is above 1 is dealt to the others
    const torch::Tensor certain = chances >= 1;
    const double left = static_cast<double>(draws) - certain.sum().item<double>();
    const torch::Tensor free = chances.masked_fill(certain, 0.0);
    const double sum = free.sum().item<double>();
    if (sum <= 0 || std::abs(sum - left) < 1e-3 * static_cast<double>(draws)) break;
    chances = torch::where(certain, torch::ones_like(chances), free * (left / sum));
  }
  return chances.clamp_max(1.0);
}

DrawnColumns draw_columns(const torch::Tensor& chances, std::uint64_t seed) {
  const torch::Tensor numbers =
      seed == 0 ? torch::rand({chances.size(0)})
                : torch::rand({chances.size(0)}, at::make_generator<at::CPUGeneratorImpl>(seed), torch::kFloat);
  const torch::Tensor columns = (numbers < chances).nonzero().squeeze(1);
  return {.columns = columns, .chances = chances.index_select(0, columns)};
}

torch::Tensor sampled_cross_entropy(const torch::Tensor& states, const torch::Tensor& output,
                                    const torch::Tensor& labels, const SparseLogits* sparse,
                                    const DrawnColumns& draws) {
  const std::int64_t count = labels.size(0), columns = output.size(0);
  const torch::Tensor rows = states.contiguous(), table = output.contiguous();
  const torch::Tensor& drawn = draws.columns;
  const torch::Tensor place = torch::full({columns}, -1, torch::kLong).index_put({drawn}, torch::arange(drawn.size(0)));
  const SureEntries sure = SureEntries::of(labels, sparse);
  const torch::Tensor logits = EntryLogits::apply(rows, table, sure.rows, sure.columns) + sure.bias;
  torch::Tensor others = torch::linear(rows, table.index_select(0, drawn)) - draws.chances.log();
  const torch::Tensor places = place.index_select(0, sure.columns);
  const torch::Tensor twice = (places >= 0).nonzero().squeeze(1);
  others.index_put_({sure.rows.index_select(0, twice), places.index_select(0, twice)},
                    torch::tensor(-std::numeric_limits<float>::infinity()));
  const torch::Tensor certain = log_sums(logits, sure.rows, count);
  const torch::Tensor all = drawn.size(0) == 0 ? certain : torch::logaddexp(certain, torch::logsumexp(others, 1));
  return all - torch::zeros({count}).index_add(0, sure.rows, sure.target * logits);
}

}  // namespace p5
