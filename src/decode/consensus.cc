#include "decode/consensus.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace p5 {
namespace {

using Tokens = std::vector<TokenId>;

Tokens sorted(std::span<const TokenId> tokens) {
  Tokens in_order(tokens.begin(), tokens.end());
  std::sort(in_order.begin(), in_order.end());
  return in_order;
}

double agreement_of_sorted(const Tokens& a, const Tokens& b) {
  if (a.empty() && b.empty()) return 1.0;
  Tokens shared;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(shared));
  return 2.0 * static_cast<double>(shared.size()) / static_cast<double>(a.size() + b.size());
}

const Hypothesis& max_agreed(std::span<const Hypothesis> texts) {
  std::vector<Tokens> tokens;
  for (const Hypothesis& text : texts) tokens.push_back(sorted(text.tokens));
  std::vector<double> sums(texts.size(), 0.0);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    for (std::size_t j = i + 1; j < texts.size(); ++j) {
      const double both = agreement_of_sorted(tokens[i], tokens[j]);
      sums[i] += both;
      sums[j] += both;
    }
  }
  std::size_t best = 0;
  for (std::size_t i = 1; i < texts.size(); ++i) {
    if (std::pair(sums[i], texts[i].score) > std::pair(sums[best], texts[best].score)) best = i;
  }
  return texts[best];
}

}  // namespace

double agreement(std::span<const TokenId> a, std::span<const TokenId> b) {
  return agreement_of_sorted(sorted(a), sorted(b));
}

std::vector<Hypothesis> consensus(std::span<const Hypothesis> texts, std::size_t draws) {
  std::vector<Hypothesis> agreed;
  for (std::size_t first = 0; first < texts.size(); first += draws) {
    agreed.push_back(max_agreed(texts.subspan(first, draws)));
  }
  return agreed;
}

}  // namespace p5
