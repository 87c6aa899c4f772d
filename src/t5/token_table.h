// A row of numbers per token, [vocab, d_model]: the embedding of a T5Engine, and its output matrix. In float32, or as
// 8-bit integers with one scale per token (nn/int8_rows.h). Read by many threads at once. Torch-free.
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "nn/int8_rows.h"
#include "nn/matrix_product.h"
#include "text/token_batch.h"

namespace p5 {

class TokenTable {
 public:
  struct Workspace {
    Int8Vector vector;
    AlignedFloats gathered;
  };

  // In 8-bit integers where this thread packs weights as such (matrix_precision()).
  explicit TokenTable(const ConstMatrix& rows);

  std::int64_t rows() const { return rows_; }
  std::int64_t width() const { return width_; }
  // to [d_model] = the row of a token.
  void copy_row(TokenId token, float* to) const;
  // to[i] = vector [d_model] times the row of tokens[i].
  void multiply(const float* vector, std::span<const TokenId> tokens, float* to, Workspace& space) const;
  // The same with every row.
  void multiply(const float* vector, float* to, Workspace& space) const;
  // The rows of these tokens, and of all, as a factor [d_model, tokens] of the thread's precision.
  void pack(std::span<const TokenId> tokens, RightFactor& factor, Workspace& space) const;
  void pack(RightFactor& factor) const;

 private:
  void multiply(const float* vector, const TokenId* tokens, std::int64_t count, float* to, Workspace& space) const;

  std::int64_t rows_, width_;
  std::variant<std::vector<float>, Int8Rows> values_;
};

}  // namespace p5
