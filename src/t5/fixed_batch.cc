#include "t5/fixed_batch.h"

#include <algorithm>
#include <bit>
#include <map>

#include "model/token_batch_check.h"
#include "t5/evidence_weights.h"
#include "t5/prompt_tokens.h"
#include "t5/target_groups.h"
#include "t5/target_runs.h"

namespace p5 {
namespace {

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

// A small batch keeps a GPU waiting for launches, so that waste is free and few shapes are worth most; a large one does
// not.
constexpr std::int64_t kSmallBatch = 1 << 14;  // tokens

std::int64_t steps_of(const TokenBatch& batch) {
  return std::int64_t{batch.rows} * (batch.source_length + batch.target_length) <= kSmallBatch ? 1 : 4;
}

// The batch's matrix [rows, from] in one of [all rows, to], from the left; the rest is `rest`.
template <class To, class From>
std::vector<To> widened(const std::vector<From>& matrix, std::int64_t rows, std::int64_t from, std::int64_t all,
                        std::int64_t to, To rest) {
  std::vector<To> result(at(all * to), rest);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t i = 0; i < std::min(from, to); ++i) {
      result[at(row * to + i)] = static_cast<To>(matrix[at(row * from + i)]);
    }
  }
  return result;
}

void add_source(const TokenBatch& batch, const T5Spec& spec, FixedBatch& fixed) {
  FixedShape& shape = fixed.shape;
  const std::int64_t rows = batch.rows, length = batch.source_length, steps = steps_of(batch);
  shape.rows = rounded_size(rows, steps);
  shape.source = (rounded_size(length, 4) + 7) / 8 * 8;  // as fused attention likes it
  shape.whole_word = reads_whole_words(batch, spec);
  shape.masked = shape.rows != rows || shape.source != length ||
                 std::ranges::find(batch.source_mask, 0) != batch.source_mask.end();
  fixed.source = widened<std::int32_t>(batch.source, rows, length, shape.rows, shape.source, kPadToken);
  if (shape.whole_word) {
    fixed.whole_word = widened<std::int32_t>(batch.whole_word, rows, length, shape.rows, shape.source, 0);
  }
  if (shape.masked) {
    fixed.mask = widened<float>(batch.source_mask, rows, length, shape.rows, shape.source, 0.0f);
  }
}

// What the decoder reads, and the labels with their rows.
void add_target(const TokenBatch& batch, const std::vector<float>& row_factor, FixedBatch& fixed) {
  FixedShape& shape = fixed.shape;
  const Targets targets = targets_of(batch, padded_targets(batch));
  std::int64_t longest = 1;
  for (std::int64_t row = 0; row < batch.rows; ++row) {
    longest = std::max(longest, kept_length(batch.target_mask, row, batch.target_length));
  }
  shape.target = rounded_size(longest, 4);
  fixed.input =
      widened<std::int32_t>(targets.input, batch.rows, batch.target_length, shape.rows, shape.target, kPadToken);
  const auto labels = static_cast<std::int64_t>(targets.label.size());
  shape.labels = rounded_size(labels, steps_of(batch));
  fixed.count.assign(at(shape.rows), 1.0f);
  for (std::size_t row = 0; row < targets.count.size(); ++row) fixed.count[row] = std::max(1.0f, targets.count[row]);
  for (std::size_t i = 0; i < at(labels); ++i) {
    const auto place = static_cast<std::int64_t>(targets.kept[i]);
    const std::int64_t row = place / batch.target_length;
    fixed.place.push_back(static_cast<std::int32_t>(row * shape.target + place % batch.target_length));
    fixed.label.push_back(static_cast<std::int32_t>(targets.label[i]));
    fixed.row.push_back(static_cast<std::int32_t>(row));
    fixed.weight.push_back(row_factor[at(row)]);
  }
  for (auto* column : {&fixed.place, &fixed.label}) column->resize(at(shape.labels), 0);
  fixed.row.resize(at(shape.labels), static_cast<std::int32_t>(shape.rows));
  fixed.weight.resize(at(shape.labels), 0.0f);
  fixed.padded_tokens = shape.rows * (shape.source + shape.target);
}

// Labels that fill up the shape compete in set 0.
void add_sets(const TokenBatch& batch, const std::vector<TargetGroup>& groups, FixedBatch& fixed) {
  if (batch.target_set.empty()) return;
  FixedShape& shape = fixed.shape;
  fixed.set.assign(at(shape.labels), 0);
  std::int32_t number = 0;
  for (const TargetGroup& group : groups) {
    if (group.tokens == nullptr) continue;
    ++number;
    for (const std::int64_t place : group.places) fixed.set[at(place)] = number;
    for (const TokenId token : *group.tokens) {
      fixed.member_set.push_back(number);
      fixed.member.push_back(token);
    }
  }
  shape.sets = rounded_size(number + 1, 1);
  shape.members = rounded_size(static_cast<std::int64_t>(fixed.member.size()), 4);
  fixed.member_set.resize(at(shape.members), 0);
  fixed.member.resize(at(shape.members), 0);
}

void add_known(const TokenBatch& batch, const std::vector<TargetGroup>& groups, const EvidenceShape& evidence,
               FixedBatch& fixed) {
  if (evidence.depths == 0 || batch.evidence.empty()) return;
  FixedShape& shape = fixed.shape;
  std::vector<KnownColumns> of_groups;
  std::int64_t most = 0;
  for (const TargetGroup& group : groups) {
    of_groups.push_back(known_columns(batch, group, evidence));
    const auto& offsets = of_groups.back().offsets;
    for (std::size_t i = 0; i + 1 < offsets.size(); ++i) most = std::max(most, offsets[i + 1] - offsets[i]);
  }
  if (most == 0) return;
  shape.known = rounded_size(most, 1);
  const std::size_t size = at(shape.labels * shape.known);
  for (auto* field : {&fixed.column, &fixed.depth}) field->assign(size, 0);
  fixed.repeat.assign(size, -1);
  for (auto* field : {&fixed.feature, &fixed.share}) field->assign(size, 0.0f);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const TargetGroup& group = groups[g];
    const KnownColumns& known = of_groups[g];
    for (std::size_t label = 0; label < group.places.size(); ++label) {
      std::size_t to = at(group.places[label] * shape.known);
      for (std::int64_t i = known.offsets[label]; i < known.offsets[label + 1]; ++i, ++to) {
        const std::int64_t column = known.columns[at(i)];
        fixed.column[to] = group.tokens == nullptr ? static_cast<std::int32_t>(column) : (*group.tokens)[at(column)];
        fixed.depth[to] = static_cast<std::int32_t>(known.depth[at(i)]);
        fixed.repeat[to] = static_cast<std::int32_t>(known.repeat[at(i)]);
        fixed.feature[to] = known.feature[at(i)];
        fixed.share[to] = known.share[at(i)];
      }
    }
  }
}

}  // namespace

std::int64_t rounded_size(std::int64_t size, std::int64_t steps) {
  if (size <= steps) return std::max<std::int64_t>(size, 1);
  const auto octave = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(size)));  // its end
  const std::int64_t step = octave / 2 / steps;
  return (size + step - 1) / step * step;
}

FixedBatch fixed_batch(const TokenBatch& asked, const T5Spec& spec, const std::vector<float>& row_factor) {
  check_sources(asked, spec);
  check_targets(asked, spec);
  const TokenBatch prompted = has_prompt_tokens(spec) ? with_prompt_tokens(asked, spec) : TokenBatch();
  const TokenBatch& batch = has_prompt_tokens(spec) ? prompted : asked;
  FixedBatch fixed;
  add_source(batch, spec, fixed);
  add_target(batch, row_factor, fixed);
  const std::vector<TargetGroup> groups = group_targets(batch, spec.vocab_size);
  add_sets(batch, groups, fixed);
  add_known(batch, groups, {spec.evidence_depths, spec.evidence_ages}, fixed);
  return fixed;
}

}  // namespace p5
