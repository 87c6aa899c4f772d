// The small loops of step-by-step decoding, on rows of floats: attention to the steps before, logits of a few tokens,
// log-probabilities and the best of a row. Sums run over a fixed number of lanes, so results depend on neither threads
// nor memory layout. Thread-safe: free functions over plain memory.
#pragma once

#include <cstdint>

namespace p5 {

// Queries of one step against the keys and values of all steps so far, each read where it was written: a row follows
// its own ancestors, and nothing is moved.
struct StepAttention {
  std::int64_t rows = 0, heads = 0, d_kv = 0, steps = 0;
  const float* query = nullptr;             // [rows, heads * d_kv]
  const float* const* key_value = nullptr;  // [steps] matrices [slots of that step, 2 * heads * d_kv], keys first
  const std::int32_t* slots = nullptr;      // [rows, steps]: the slot of each step of a row's ancestry
  const float* bias = nullptr;              // [heads, steps]
};
// mixed [rows, heads * d_kv]; scratch [steps].
void attend_to_steps(const StepAttention& attention, float* scratch, float* mixed);

// Rows of a matrix [.., width], by number.
struct RowsOfMatrix {
  const float* data = nullptr;
  std::int64_t width = 0;
  const std::int32_t* rows = nullptr;  // [count]; null = the first `count`
  std::int64_t count = 0;
};
// to[i] = vector [width] times row i.
void multiply_rows(const float* vector, const RowsOfMatrix& matrix, float* to);

// row[i] becomes log softmax(row)[i]. False when a result is not a number.
bool log_softmax_row(float* row, std::int64_t count);

struct TopValue {
  float value;
  std::int32_t place;
};
// Writes the `k` largest of `count` values to `top` [k], largest first, equal ones by index; returns how many: the
// smaller of `k` and `count`. REQUIRES values that are not NaN.
std::int64_t top_values(const float* values, std::int64_t count, std::int64_t k, TopValue* top);

}  // namespace p5
