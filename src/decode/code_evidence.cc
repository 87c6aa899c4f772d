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
  const std::vector<double> weights = log_weights(items, table.item_count(), scale);
  std::map<std::size_t, KnownCode> codes;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const KnownItem& item = items[i];
    if (item.item >= table.item_count()) continue;
    const double weight = std::exp(weights[i]);
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

std::vector<double> log_weights(std::span<const KnownItem> items, std::size_t count, const EvidenceScale& scale) {
  double all = 0;
  for (const KnownItem& item : items) all += item.item < count ? item.share : 0.0f;
  std::vector<double> logs;
  for (const KnownItem& item : items) {
    const double share = all > 0 && item.item < count ? item.share / all : 0.0;
    logs.push_back(scale.gate * std::log(share / scale.floor + 1) + (item.held ? std::log(scale.repeat) : 0.0));
  }
  return logs;
}

}  // namespace p5
