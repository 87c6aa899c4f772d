#include "t5/next_token_ranker_module.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "p5/error.h"

namespace p5 {
namespace {

// One state times one gathered output row costs about as much as this many such products inside a matrix product.
constexpr std::int64_t kGatherCost = 32;

struct TopScores {
  torch::Tensor values;   // [rows, k] float32 on the host
  torch::Tensor columns;  // [rows, k] int64 on the host
};

torch::Tensor index_tensor(const std::vector<std::int64_t>& values, torch::Device device) {
  return torch::tensor(values, torch::kLong).to(device);
}

// [rows]: whether the k-th best score of a row is tied with scores that were left out.
torch::Tensor tied_rows(const torch::Tensor& scores, const torch::Tensor& best) {
  const std::int64_t k = best.size(1);
  const torch::Tensor last = best.narrow(1, k - 1, 1);
  return scores.ge(last).sum(1).gt(k).logical_and(last.squeeze(1).gt(-std::numeric_limits<float>::infinity()));
}

// The k largest of each row; where the k-th is tied, the smaller columns win. Values, columns and ties are copied from
// the device at once, as doubles, which hold all of them exactly: each transfer waits for the device.
TopScores top_scores(const torch::Tensor& scores, std::int64_t k) {
  const auto [values, columns] = scores.topk(k, -1);
  std::vector<torch::Tensor> found = {values.to(torch::kDouble), columns.to(torch::kDouble)};
  const bool may_tie = k < scores.size(1);
  if (may_tie) found.push_back(tied_rows(scores, values).unsqueeze(1).to(torch::kDouble));
  const torch::Tensor all = torch::cat(found, 1).to(torch::kCPU);
  TopScores best = {all.narrow(1, 0, k).to(torch::kFloat).contiguous(),
                    all.narrow(1, k, k).to(torch::kLong).contiguous()};
  const torch::Tensor tied = may_tie ? all.select(1, 2 * k).nonzero().squeeze(1) : torch::empty({0}, torch::kLong);
  if (tied.numel() > 0) {
    const auto [sorted, order] = at::sort(scores.index_select(0, tied.to(scores.device())), /*stable=*/true, /*dim=*/-1,
                                          /*descending=*/true);
    best.values.index_copy_(0, tied, sorted.narrow(1, 0, k).to(torch::kCPU));
    best.columns.index_copy_(0, tied, order.narrow(1, 0, k).to(torch::kCPU));
  }
  return best;
}

// Which output rows the step needs, and where each allowed pair (row, token) is.
struct AllowedPairs {
  std::vector<std::int64_t> tokens;   // [columns] ascending: the union of all lists
  std::vector<std::int64_t> row;      // [pairs]
  std::vector<std::int64_t> token;    // [pairs]
  std::vector<std::int64_t> product;  // [pairs] index in [rows, columns]
  std::vector<std::int64_t> place;    // [pairs] index in [rows, longest]
  std::int64_t longest = 0;
};

AllowedPairs allowed_pairs(const ScoreRequest& request, std::int64_t vocab) {
  AllowedPairs pairs;
  std::vector<std::int64_t> column(static_cast<std::size_t>(vocab), 0);
  for (const TokenId token : request.allowed) column[static_cast<std::size_t>(token)] = 1;
  for (std::size_t token = 0; token < column.size(); ++token) {
    if (column[token] == 0) continue;
    column[token] = static_cast<std::int64_t>(pairs.tokens.size());
    pairs.tokens.push_back(static_cast<std::int64_t>(token));
  }
  const std::size_t rows = request.allowed_offsets.size() - 1;
  for (std::size_t row = 0; row < rows; ++row) {
    pairs.longest =
        std::max<std::int64_t>(pairs.longest, request.allowed_offsets[row + 1] - request.allowed_offsets[row]);
  }
  const auto columns = static_cast<std::int64_t>(pairs.tokens.size());
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint32_t begin = request.allowed_offsets[row];
    for (std::uint32_t i = begin; i < request.allowed_offsets[row + 1]; ++i) {
      const auto token = static_cast<std::size_t>(request.allowed[i]);
      pairs.row.push_back(static_cast<std::int64_t>(row));
      pairs.token.push_back(request.allowed[i]);
      pairs.product.push_back(static_cast<std::int64_t>(row) * columns + column[token]);
      pairs.place.push_back(static_cast<std::int64_t>(row) * pairs.longest + (i - begin));
    }
  }
  return pairs;
}

// [rows, longest]: the logits of each row's allowed tokens in their order, then -infinity.
torch::Tensor allowed_logits(const torch::Tensor& states, const torch::Tensor& output_weight,
                             const AllowedPairs& pairs) {
  const torch::Device device = states.device();
  const std::int64_t rows = states.size(0);
  const auto columns = static_cast<std::int64_t>(pairs.tokens.size());
  const auto count = static_cast<std::int64_t>(pairs.row.size());
  torch::Tensor logits;
  if (count * kGatherCost < rows * columns) {
    logits = states.index_select(0, index_tensor(pairs.row, device))
                 .mul_(output_weight.index_select(0, index_tensor(pairs.token, device)))
                 .sum(-1);
  } else {
    const torch::Tensor products =
        torch::linear(states, output_weight.index_select(0, index_tensor(pairs.tokens, device)));
    if (count == rows * columns) return products;  // every row allows the same tokens
    logits = products.view(-1).index_select(0, index_tensor(pairs.product, device));
  }
  torch::Tensor padded = torch::full({rows * pairs.longest}, -std::numeric_limits<float>::infinity(), logits.options());
  padded.index_copy_(0, index_tensor(pairs.place, device), logits);
  return padded.view({rows, pairs.longest});
}

// Adds to the logits [rows, width] of allowed tokens what is known of them.
void add_evidence(const EvidenceWeights& evidence, const ScoreRequest& request, torch::Tensor& logits) {
  const bool constrained = !request.allowed_offsets.empty();
  std::vector<std::int64_t> rows, places;
  std::vector<float> biases;
  for (std::size_t row = 0; row < static_cast<std::size_t>(logits.size(0)); ++row) {
    const auto allowed = constrained
                             ? request.allowed.subspan(request.allowed_offsets[row],
                                                       request.allowed_offsets[row + 1] - request.allowed_offsets[row])
                             : std::span<const TokenId>();
    for_each_allowed(evidence.known(request, row), allowed, constrained,
                     [&](std::size_t place, const KnownToken& known) {
                       rows.push_back(static_cast<std::int64_t>(row));
                       places.push_back(static_cast<std::int64_t>(place));
                       biases.push_back(evidence.bias(known));
                     });
  }
  if (rows.empty()) return;
  const torch::Device device = logits.device();
  logits = logits.index_put({index_tensor(rows, device), index_tensor(places, device)},
                            torch::tensor(biases).to(logits.options()), /*accumulate=*/true);
}

}  // namespace

void rank_next_tokens(const torch::Tensor& states, const torch::Tensor& output_weight, const EvidenceWeights& evidence,
                      const ScoreRequest& request, ScoreResult& result) {
  const auto rows = static_cast<std::size_t>(states.size(0));
  const bool constrained = !request.allowed_offsets.empty();
  result.offsets.assign(rows + 1, 0);
  result.values.clear();
  if (rows == 0 || (constrained && request.allowed.empty()) || request.top <= 0) return;

  torch::Tensor logits = constrained
                             ? allowed_logits(states, output_weight, allowed_pairs(request, output_weight.size(0)))
                             : torch::linear(states, output_weight);
  add_evidence(evidence, request, logits);
  const TopScores best = top_scores(logits.log_softmax(-1), std::min<std::int64_t>(request.top, logits.size(1)));
  const auto width = static_cast<std::size_t>(best.values.size(1));
  const float* value = best.values.data_ptr<float>();
  const std::int64_t* column = best.columns.data_ptr<std::int64_t>();
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint32_t begin = constrained ? request.allowed_offsets[row] : 0;
    const std::size_t known = constrained ? request.allowed_offsets[row + 1] - begin : width;
    for (std::size_t i = row * width; i < row * width + std::min(known, width); ++i) {
      if (std::isnan(value[i])) throw model_error("the model's output is not a number");
      const auto place = static_cast<std::uint32_t>(column[i]);
      result.values.push_back({constrained ? request.allowed[begin + place] : static_cast<TokenId>(place), value[i]});
    }
    std::sort(result.values.begin() + result.offsets[row], result.values.end(),
              [](const Continuation& left, const Continuation& right) {
                if (left.log_probability != right.log_probability) return left.log_probability > right.log_probability;
                return left.token < right.token;
              });
    result.offsets[row + 1] = static_cast<std::uint32_t>(result.values.size());
  }
}

}  // namespace p5
