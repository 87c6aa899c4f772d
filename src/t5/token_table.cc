#include "t5/token_table.h"

#include <algorithm>
#include <numeric>

#include "nn/decoding_kernels.h"

namespace p5 {

TokenTable::TokenTable(const ConstMatrix& rows) : rows_(rows.rows), width_(rows.columns) {
  if (matrix_precision() == MatrixPrecision::kInt8) {
    values_ = Int8Rows(rows);
    return;
  }
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(rows_ * width_));
  for (std::int64_t row = 0; row < rows_; ++row) {
    const float* from = rows.data + row * rows.stride;
    values.insert(values.end(), from, from + width_);
  }
  values_ = std::move(values);
}

void TokenTable::copy_row(TokenId token, float* to) const {
  if (const auto* integers = std::get_if<Int8Rows>(&values_)) return integers->expand(token, to);
  std::copy_n(std::get<std::vector<float>>(values_).data() + token * width_, width_, to);
}

void TokenTable::multiply(const float* vector, const TokenId* tokens, std::int64_t count, float* to,
                          Workspace& space) const {
  if (const auto* integers = std::get_if<Int8Rows>(&values_)) {
    space.vector.round(vector, width_);
    return multiply_rows(space.vector, *integers, tokens, count, to);
  }
  multiply_rows(vector, {std::get<std::vector<float>>(values_).data(), width_, tokens, count}, to);
}

void TokenTable::multiply(const float* vector, std::span<const TokenId> tokens, float* to, Workspace& space) const {
  if (!tokens.empty()) multiply(vector, tokens.data(), static_cast<std::int64_t>(tokens.size()), to, space);
}

void TokenTable::multiply(const float* vector, float* to, Workspace& space) const {
  multiply(vector, nullptr, rows_, to, space);
}

void TokenTable::pack(std::span<const TokenId> tokens, RightFactor& factor, Workspace& space) const {
  if (const auto* integers = std::get_if<Int8Rows>(&values_)) return factor.pack_transposed(*integers, tokens);
  float* gathered = space.gathered.resize(tokens.size() * static_cast<std::size_t>(width_));
  for (std::size_t i = 0; i < tokens.size(); ++i) copy_row(tokens[i], gathered + static_cast<std::int64_t>(i) * width_);
  factor.pack_transposed({gathered, static_cast<std::int64_t>(tokens.size()), width_, width_});
}

void TokenTable::pack(RightFactor& factor) const {
  if (const auto* integers = std::get_if<Int8Rows>(&values_)) {
    std::vector<TokenId> all(static_cast<std::size_t>(rows_));
    std::iota(all.begin(), all.end(), 0);
    return factor.pack_transposed(*integers, all);
  }
  factor.pack_transposed({std::get<std::vector<float>>(values_).data(), rows_, width_, width_});
}

}  // namespace p5
