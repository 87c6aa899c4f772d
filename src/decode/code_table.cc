#include "decode/code_table.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <string>

#include "p5/error.h"

namespace p5 {

CodeTable::CodeTable(const ItemIndex& index) : level_sizes_(index.longest_path()) {
  for (ItemId item = 0; item < index.size(); ++item) {
    const auto path = index.path(item);
    tokens_.insert(tokens_.end(), path.begin(), path.end());
  }
  std::ranges::sort(tokens_);
  tokens_.erase(std::unique(tokens_.begin(), tokens_.end()), tokens_.end());
  constexpr std::uint32_t kNoLevel = std::numeric_limits<std::uint32_t>::max();
  level_of_.assign(tokens_.size(), kNoLevel);
  holders_.assign(tokens_.size(), 0);
  begins_.assign(1, 0);
  for (ItemId item = 0; item < index.size(); ++item) {
    const auto path = index.path(item);
    for (std::size_t level = 0; level < path.size(); ++level) {
      const std::size_t place = place_of(path[level]);
      if (level_of_[place] == kNoLevel) {
        level_of_[place] = static_cast<std::uint32_t>(level);
        ++level_sizes_[level];
      }
      if (level_of_[place] != level) {
        throw usage_error("ids whose tokens do not say at which place they are cannot be decoded at once",
                          {.where = "task.parallel_codes",
                           .expected = "index.scheme = product, residual, rq-vae or independent",
                           .got = index.scheme()});
      }
      ++holders_[place];
      codes_.push_back(static_cast<std::uint32_t>(place));
    }
    begins_.push_back(static_cast<std::uint32_t>(codes_.size()));
  }
}

std::size_t CodeTable::place_of(TokenId token) const {
  return static_cast<std::size_t>(std::ranges::lower_bound(tokens_, token) - tokens_.begin());
}

void CodeTable::normalize(std::span<float> logits) const {
  assert(logits.size() == tokens_.size());
  std::vector<float> most(levels(), -std::numeric_limits<float>::infinity());
  for (std::size_t i = 0; i < logits.size(); ++i) most[level_of_[i]] = std::max(most[level_of_[i]], logits[i]);
  std::vector<double> sums(levels());
  for (std::size_t i = 0; i < logits.size(); ++i) {
    sums[level_of_[i]] += std::exp(static_cast<double>(logits[i] - most[level_of_[i]]));
  }
  for (std::size_t i = 0; i < logits.size(); ++i) {
    logits[i] -= most[level_of_[i]] + static_cast<float>(std::log(sums[level_of_[i]]));
  }
}

void CodeTable::score(std::span<const float> logs, std::span<float> scores) const {
  assert(scores.size() == item_count());
  for (std::size_t item = 0; item < scores.size(); ++item) {
    float sum = 0;
    for (std::uint32_t at = begins_[item]; at < begins_[item + 1]; ++at) sum += logs[codes_[at]];
    scores[item] = sum;
  }
}

}  // namespace p5
