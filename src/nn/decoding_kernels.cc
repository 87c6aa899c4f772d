#include "nn/decoding_kernels.h"

#include <algorithm>
#include <cmath>

#include "nn/cpu_clones.h"
#include "nn/lanes.h"
#include "nn/row_kernels.h"

// Optimized in debug builds too, because tests decode with real models.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "no-trapping-math", "no-math-errno")
#endif

namespace p5 {
namespace {

using namespace lanes;

P5_INLINE float dot(const float* a, const float* b, std::int64_t count) {
  Floats sum{};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) sum += load(a + i) * load(b + i);
  if (i < count) sum += load_part(a + i, count - i) * load_part(b + i, count - i);
  return sum_of(sum);
}

P5_INLINE void add_scaled(const float* from, float scale, float* to, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(load(to + i) + load(from + i) * scale, to + i);
  if (i < count) store_part(load_part(to + i, count - i) + load_part(from + i, count - i) * scale, to + i, count - i);
}

bool better(const TopValue& a, const TopValue& b) { return a.value != b.value ? a.value > b.value : a.place < b.place; }

// The first index from `from` whose value is above `bar`, or `count`.
P5_CPU_CLONES std::int64_t next_above(const float* values, std::int64_t from, std::int64_t count, float bar) {
  for (; from + kLanes <= count; from += kLanes) {
    const Ints above = load(values + from) > bar;
    std::int32_t any = 0;
    for (std::int64_t lane = 0; lane < kLanes; ++lane) any |= above[lane];
    if (any != 0) break;
  }
  while (from < count && !(values[from] > bar)) ++from;
  return from;
}

}  // namespace

P5_CPU_CLONES void attend_to_steps(const StepAttention& attention, float* scratch, float* mixed) {
  const std::int64_t width = attention.d_kv, inner = attention.heads * width, steps = attention.steps;
  for (std::int64_t row = 0; row < attention.rows; ++row) {
    const std::int32_t* slots = attention.slots + row * steps;
    for (std::int64_t head = 0; head < attention.heads; ++head) {
      const float* query = attention.query + row * inner + head * width;
      float* to = mixed + row * inner + head * width;
      for (std::int64_t step = 0; step < steps; ++step) {
        scratch[step] = dot(query, attention.key_value[step] + slots[step] * 2 * inner + head * width, width);
      }
      softmax_row(scratch, attention.bias + head * steps, nullptr, steps);
      std::fill_n(to, width, 0.0f);
      for (std::int64_t step = 0; step < steps; ++step) {
        add_scaled(attention.key_value[step] + (slots[step] * 2 + 1) * inner + head * width, scratch[step], to, width);
      }
    }
  }
}

P5_CPU_CLONES void multiply_rows(const float* vector, const RowsOfMatrix& matrix, float* to) {
  constexpr std::int64_t kAhead = 4;  // rows fetched before they are needed: they are scattered in memory
  const std::int64_t width = matrix.width;
  if (matrix.rows == nullptr) {
    for (std::int64_t i = 0; i < matrix.count; ++i) to[i] = dot(vector, matrix.data + i * width, width);
    return;
  }
  for (std::int64_t i = 0; i < matrix.count; ++i) {
    if (i + kAhead < matrix.count) {
      const float* ahead = matrix.data + matrix.rows[i + kAhead] * width;
      for (std::int64_t k = 0; k < width; k += kLanes) __builtin_prefetch(ahead + k);
    }
    to[i] = dot(vector, matrix.data + matrix.rows[i] * width, width);
  }
}

P5_CPU_CLONES bool log_softmax_row(float* row, std::int64_t count) {
  LogSum sum{-std::numeric_limits<float>::infinity(), 0.0f};
  take_in(sum, row, count);
  const float logarithm = std::log(sum.sum);
  Ints strange{};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Floats value = load(row + i) - sum.maximum - logarithm;
    strange |= value != value;
    store(value, row + i);
  }
  bool numbers = true;
  for (std::int64_t lane = 0; lane < kLanes; ++lane) numbers = numbers && strange[lane] == 0;
  for (; i < count; ++i) {
    row[i] = row[i] - sum.maximum - logarithm;
    numbers = numbers && !std::isnan(row[i]);
  }
  return numbers;
}

std::int64_t top_values(const float* values, std::int64_t count, std::int64_t k, TopValue* top) {
  const std::int64_t kept = std::min(count, k);
  for (std::int64_t i = 0; i < kept; ++i) top[i] = {values[i], static_cast<std::int32_t>(i)};
  if (kept == 0) return 0;
  if (kept < count) {
    // A heap whose front is the worst value kept; of equal values the earlier stays.
    std::make_heap(top, top + kept, better);
    for (std::int64_t i = kept; (i = next_above(values, i, count, top->value)) < count; ++i) {
      std::pop_heap(top, top + kept, better);
      top[kept - 1] = {values[i], static_cast<std::int32_t>(i)};
      std::push_heap(top, top + kept, better);
    }
  }
  std::sort(top, top + kept, better);
  return kept;
}

}  // namespace p5
