// The small loops between matrix products, on rows of floats that are in cache: norms, activations, dropout, softmax.
// Sums run over a fixed number of lanes, so results depend on neither threads nor memory layout. Thread-safe: free
// functions over plain memory; `to` may be `from` where it says so.
#pragma once

#include <cstdint>

#include "nn/matrix_product.h"

namespace p5 {

// Which elements dropout keeps: a hash of the key and the element's index, so that the backward pass recomputes the
// mask instead of reading it. Each hash (after Wellons' lowbias32) serves two elements with 16 bits each.
struct DropoutKey {
  std::uint64_t key = 0;
  std::uint32_t threshold = 0;  // of 65,536: below it an element is dropped; 0 = keep all
  float scale = 1.0f;           // of what is kept: 1 / (1 - threshold / 65,536), so that the mean stays

  // The mask of part number `place` of whatever `seed` identifies.
  static DropoutKey of(double probability, std::uint64_t seed, std::uint64_t place);
  bool active() const { return threshold > 0; }
};

// Words that hold the bits of `count` elements, as drop() and relu_drop() write them for pass_open().
constexpr std::int64_t mask_words(std::int64_t count) { return (count + 511) / 512 * 16; }

// to[i] = kept ? from[i] * scale : 0. `to` may be `from`. `kept`, unless null, receives what is kept.
void drop(const float* from, float* to, std::int64_t count, const DropoutKey& key, std::uint32_t* kept = nullptr);
// to[i] = base[i] + (kept ? from[i] * scale : 0): a residual connection.
void add_dropped(const float* base, const float* from, float* to, std::int64_t count, const DropoutKey& key);
// values[i] = max(values[i], 0), then dropout. `open`, unless null, receives where anything came through.
void relu_drop(float* values, std::int64_t count, const DropoutKey& key, std::uint32_t* open);
// values[i] = open ? values[i] * scale : 0: recomputes the result of drop or relu_drop, or gives the gradient of its
// input, without the hash and without the values that the sign was read from.
void pass_open(float* values, std::int64_t count, float scale, const std::uint32_t* open);

// Root mean square norm (Zhang and Sennrich 2019): to = from * inverse * weight, inverse = 1 / sqrt(mean(from^2) +
// epsilon).
struct NormRows {
  const float* weight = nullptr;  // [width]
  std::int64_t width = 0;
  float epsilon = 1e-6f;
};
// from, to [rows, width]; inverse [rows].
void norm_rows(const NormRows& norm, const float* from, std::int64_t rows, float* to, float* inverse);
// gradient [rows, width] is that of the result. `to` is set to base plus the gradient of `from`, and may be base; the
// gradient of the weight is added to weight_gradient [width].
void norm_rows_backward(const NormRows& norm, const float* from, const float* inverse, const float* gradient,
                        const float* base, std::int64_t rows, float* to, float* weight_gradient);

// row[i] becomes the softmax of row[i] + bias[i] + hidden[i]; bias and hidden may be null.
void softmax_row(float* row, const float* bias, const float* hidden, std::int64_t count);
// gradient[i] becomes probability[i] * (gradient[i] - sum of gradient * probability).
void softmax_row_backward(const float* probability, float* gradient, std::int64_t count);

void add(const float* from, float* to, std::int64_t count);      // to += from
void add_transposed(const ConstMatrix& from, const Matrix& to);  // to += from^T

// The running maximum and sum of exponentials of a row (online softmax, Milakov and Gimelshein 2018).
struct LogSum {
  float maximum;
  float sum;
};
// Adds `count` more logits. Starts from {-infinity, 0}.
void take_in(LogSum& state, const float* logits, std::int64_t count);
// logits[i] becomes weight * exp(logits[i] - log_sum): the softmax's share of the gradient.
void exponentials(float* logits, std::int64_t count, float log_sum, float weight);

}  // namespace p5
