#include "text/token_batch.h"

#include <algorithm>
#include <numeric>

#include "p5/error.h"

namespace p5 {
namespace {

std::int32_t longest(const std::vector<TokenRow>& rows, std::vector<TokenId> TokenRow::*member) {
  std::size_t length = 0;
  for (const TokenRow& row : rows) length = std::max(length, (row.*member).size());
  return static_cast<std::int32_t>(length);
}

// Copies the rows of one member to the left of a [rows, length] matrix. The mask, if wanted, is 1 at their values.
template <typename T>
void lay_out(const std::vector<TokenRow>& rows, std::vector<T> TokenRow::*member, std::int32_t length,
             std::vector<T>& matrix, std::vector<std::uint8_t>* mask) {
  matrix.assign(rows.size() * static_cast<std::size_t>(length), static_cast<T>(kPadToken));
  if (mask != nullptr) mask->assign(matrix.size(), 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::vector<T>& row = rows[i].*member;
    const std::size_t begin = i * static_cast<std::size_t>(length);
    std::copy(row.begin(), row.end(), matrix.begin() + static_cast<std::ptrdiff_t>(begin));
    if (mask != nullptr) std::fill_n(mask->begin() + static_cast<std::ptrdiff_t>(begin), row.size(), std::uint8_t{1});
  }
}

// Positions of padding know nothing.
TokenEvidence lay_out_evidence(const std::vector<TokenRow>& rows, std::int32_t length) {
  TokenEvidence all;
  all.offsets.push_back(0);
  for (const TokenRow& row : rows) {
    for (std::size_t position = 0; position < static_cast<std::size_t>(length); ++position) {
      if (!row.evidence.empty() && position < row.target.size()) {
        const auto known = row.evidence.at(position);
        all.tokens.insert(all.tokens.end(), known.begin(), known.end());
        all.distill = row.evidence.distill;
      }
      all.offsets.push_back(static_cast<std::uint32_t>(all.tokens.size()));
    }
  }
  return all;
}

}  // namespace

std::int64_t TokenBatch::token_count() const {
  const auto kept = [](const std::vector<std::uint8_t>& mask) {
    return std::accumulate(mask.begin(), mask.end(), std::int64_t{0});
  };
  return kept(source_mask) + kept(target_mask);
}

std::int64_t kept_length(const std::vector<std::uint8_t>& mask, std::int64_t row, std::int64_t length) {
  const std::uint8_t* begin = mask.data() + row * length;
  while (length > 0 && begin[length - 1] == 0) --length;
  return length;
}

TokenBatch pad_rows(const std::vector<TokenRow>& rows) {
  TokenBatch batch;
  batch.rows = static_cast<std::int32_t>(rows.size());
  batch.source_length = longest(rows, &TokenRow::source);
  batch.target_length = longest(rows, &TokenRow::target);
  lay_out(rows, &TokenRow::source, batch.source_length, batch.source, &batch.source_mask);
  lay_out(rows, &TokenRow::target, batch.target_length, batch.target, &batch.target_mask);

  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto begin = batch.target_mask.begin() + static_cast<std::ptrdiff_t>(i) * batch.target_length;
    std::fill_n(begin, std::min(rows[i].given, rows[i].target.size()), std::uint8_t{0});
  }

  bool any_whole_word = false, any_weight = false, any_set = false, any_evidence = false;
  for (const TokenRow& row : rows) {
    any_whole_word |= !row.whole_word.empty();
    any_weight |= row.weight != 1.0f;
    any_set |= !row.target_set.empty();
    any_evidence |= !row.evidence.empty();
    batch.family.push_back(row.family);
    batch.user_prompt.insert(batch.user_prompt.end(), row.user_prompt.begin(), row.user_prompt.end());
  }
  if (any_set) lay_out(rows, &TokenRow::target_set, batch.target_length, batch.target_set, nullptr);
  if (any_evidence) batch.evidence = lay_out_evidence(rows, batch.target_length);
  if (any_whole_word) {
    for (const TokenRow& row : rows) {
      if (row.whole_word.size() == row.source.size()) continue;
      throw usage_error("whole-word ids do not fit their row", {"pad_rows", std::to_string(row.source.size()) + " ids",
                                                                std::to_string(row.whole_word.size())});
    }
    lay_out(rows, &TokenRow::whole_word, batch.source_length, batch.whole_word, nullptr);
  }
  if (any_weight) {
    for (const TokenRow& row : rows) batch.row_weight.push_back(row.weight);
  }
  return batch;
}

}  // namespace p5
