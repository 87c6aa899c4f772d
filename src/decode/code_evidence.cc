#include "decode/code_evidence.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace p5 {
namespace {

struct KnownCode {
  double gain = 0;
  float share = 0;
};

}  // namespace

CodeEvidence::CodeEvidence(const CodeTable& table, std::span<const KnownItem> items, const EvidenceScale& scale)
    : levels_(table.levels()) {
  double all = 0;
  for (const KnownItem& item : items) all += item.item < table.item_count() ? item.share : 0.0f;
  std::map<std::size_t, KnownCode> codes;
  for (const KnownItem& item : items) {
    if (item.item >= table.item_count()) continue;
    double weight = all > 0 ? std::pow(item.share / (all * scale.floor) + 1, scale.gate) : 1.0;
    if (item.held) weight *= scale.repeat;
    for (const std::uint32_t place : table.codes_of(item.item)) {
      codes[place].gain += weight - 1;
      codes[place].share += item.taught < 0.0f ? item.share : item.taught;
    }
  }
  std::vector<double> others(levels_.size()), unknown(levels_.size()), shares(levels_.size());
  for (std::size_t place = 0; place < table.tokens().size(); ++place) {
    const auto found = codes.find(place);
    if (found != codes.end()) {
      shares[table.level_of(place)] += found->second.share;
      continue;
    }
    others[table.level_of(place)] += table.holders()[place];
    ++unknown[table.level_of(place)];
  }
  for (const auto& [place, code] : codes) {
    const std::size_t level = table.level_of(place);
    const double mean = unknown[level] > 0 ? others[level] / unknown[level] : 1.0;
    const double together = scale.gate * static_cast<double>(levels_.size());
    levels_[level].push_back(
        {.token = table.tokens()[place],
         .feature = static_cast<float>(std::log((code.gain + table.holders()[place]) / mean) / together),
         .share = shares[level] > 0 ? static_cast<float>(code.share / shares[level]) : 0.0f,
         .depth = static_cast<std::uint8_t>(std::min<std::size_t>(level, TrieEvidence::kAnswerDepth - 1))});
  }
}

std::vector<KnownToken> CodeEvidence::all() const {
  std::vector<KnownToken> tokens;
  for (const auto& level : levels_) tokens.insert(tokens.end(), level.begin(), level.end());
  std::ranges::sort(tokens, {}, &KnownToken::token);
  return tokens;
}

}  // namespace p5
