// The kept target tokens of a batch, by the set of tokens that each competes in (TokenBatch::target_set). Thread-safe:
// a free function.
#pragma once

#include <cstdint>
#include <vector>

#include "t5/evidence_weights.h"
#include "text/token_batch.h"

namespace p5 {

struct TargetGroup {
  const std::vector<TokenId>* tokens = nullptr;  // of the batch's sets; null = the whole vocabulary
  std::vector<std::int64_t> places;              // in the order of kept target tokens
  std::vector<std::int64_t> labels;              // indices in `tokens`, or tokens of the vocabulary
  std::vector<std::size_t> positions;            // in the target matrix
};

// What is known of the tokens that a group's labels compete with, as entries of a sparse matrix: those of label i are
// [offsets[i], offsets[i + 1]).
struct KnownColumns {
  std::vector<std::int64_t> offsets;  // [labels + 1]
  std::vector<std::int64_t> columns;  // [entries] as labels, ascending for each label
  std::vector<std::int64_t> depth;    // [entries] of the gate
  std::vector<std::int64_t> repeat;   // [entries] place of the repeat weight, -1 = none
  std::vector<float> feature;         // [entries]
  std::vector<float> share;           // [entries] of the target
};
// Every token that a label competes with, for groups too small for a matrix product of their own: the softmax of label
// i is over the entries [offsets[i], offsets[i + 1]).
struct ListedColumns {
  std::vector<std::int64_t> places;   // [labels] in the order of kept target tokens
  std::vector<std::int64_t> offsets;  // [labels + 1]
  std::vector<std::int64_t> columns;  // [entries] tokens of the vocabulary, ascending for each label
  std::vector<float> target;          // [entries] share of the target, that of the label included
  KnownColumns known;                 // of entries; `columns` are places in `columns` above, `offsets` is empty
};
struct ListLimits {
  std::size_t entries = 0;  // labels of a group times tokens of its set, fewer than that
  std::size_t tokens = 0;   // of its set, fewer than that; 0: any number
};
// Takes the groups within the limits out of `groups`, and those whose labels are alone in their set, which are certain
// and are not listed.
ListedColumns listed_columns(const TokenBatch& batch, const EvidenceShape& shape, const ListLimits& limits,
                             std::vector<TargetGroup>& groups);

// Tokens that are not in the group's set are left out. The shares of the others are those of all known tokens.
KnownColumns known_columns(const TokenBatch& batch, const TargetGroup& group, const EvidenceShape& shape);

// At least one group; groups without a token are left out. Throws InvalidArgument (request) for sets that are missing,
// hold tokens out of range or do not hold a label.
std::vector<TargetGroup> group_targets(const TokenBatch& batch, std::int64_t vocab);

}  // namespace p5
