#include "nn/row_kernels.h"

#include <algorithm>
#include <cmath>

#include "nn/cpu_clones.h"
#include "nn/lanes.h"

// Optimized in debug builds too, because tests train real models.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "no-trapping-math", "no-math-errno")
#endif

namespace p5 {
namespace {

using namespace lanes;

std::uint64_t splitmix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

constexpr Bits kCount = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

P5_INLINE Bits hashes(std::uint32_t first, std::uint64_t key) {
  Bits x = kCount + (first + static_cast<std::uint32_t>(key));
  x = (x ^ (x >> 16)) * 0x7feb352dU;
  x ^= static_cast<std::uint32_t>(key >> 32);
  x = (x ^ (x >> 15)) * 0x846ca68bU;
  return x ^ (x >> 16);
}

// Calls body(first, lanes, keep) for runs of up to 16 elements; `keep` is their mask. The low halves of sixteen hashes
// serve the first run, the high halves the next.
template <class Body>
P5_INLINE void for_kept(std::int64_t count, const DropoutKey& key, const Body& body) {
  const std::uint64_t word = key.key;
  const Ints threshold = Ints{} + static_cast<std::int32_t>(key.threshold);
  for (std::int64_t i = 0; i < count; i += 2 * kLanes) {
    const Bits bits = hashes(static_cast<std::uint32_t>(i / 2), word);
    const Bits low = bits & 0xffffU, high = bits >> 16;
    const Ints keep_low = reinterpret_cast<const Ints&>(low) >= threshold;
    const Ints keep_high = reinterpret_cast<const Ints&>(high) >= threshold;
    if (i + 2 * kLanes <= count) {
      body(i, kLanes, keep_low);
      body(i + kLanes, kLanes, keep_high);
      continue;
    }
    body(i, std::min(kLanes, count - i), keep_low);
    if (i + kLanes < count) body(i + kLanes, count - i - kLanes, keep_high);
  }
}

P5_INLINE Floats load_up_to(const float* from, std::int64_t count) {
  return count == kLanes ? load(from) : load_part(from, count);
}
P5_INLINE void store_up_to(Floats value, float* to, std::int64_t count) {
  if (count == kLanes) {
    store(value, to);
  } else {
    store_part(value, to, count);
  }
}

static_assert(mask_words(kLanes * kMaskRuns) == kLanes && mask_words(kLanes * kMaskRuns + 1) == 2 * kLanes,
              "put_mask() and mask_words() agree on the layout");

// Calls body(first, lanes) for runs of up to 16 elements.
template <class Body>
P5_INLINE void for_lanes(std::int64_t count, const Body& body) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) body(i, kLanes);
  if (i < count) body(i, count - i);
}

P5_INLINE float largest(const float* row, std::int64_t count) {
  Floats most = all(-std::numeric_limits<float>::infinity());
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) most = larger(load(row + i), most);
  if (i < count) most = larger(load_part(row + i, count - i, -std::numeric_limits<float>::infinity()), most);
  return largest_of(most);
}

}  // namespace

DropoutKey DropoutKey::of(double probability, std::uint64_t seed, std::uint64_t place) {
  DropoutKey key;
  key.key = splitmix64(seed + place * 0x9e3779b97f4a7c15ULL);
  key.threshold = static_cast<std::uint32_t>(std::lround(std::clamp(probability, 0.0, 1.0) * 65536.0));
  key.scale = key.threshold < 65536 ? 65536.0f / static_cast<float>(65536 - key.threshold) : 0.0f;
  return key;
}

P5_CPU_CLONES void drop(const float* from, float* to, std::int64_t count, const DropoutKey& key, std::uint32_t* kept) {
  const float scale = key.scale;
  Bits bits{};
  for_kept(
      count, key, [&](std::int64_t i, std::int64_t some, Ints keep) __attribute__((always_inline)) {
        store_up_to(masked(load_up_to(from + i, some) * scale, keep), to + i, some);
        if (kept != nullptr) put_mask(keep, i, count, bits, kept);
      });
}

P5_CPU_CLONES void add_dropped(const float* base, const float* from, float* to, std::int64_t count,
                               const DropoutKey& key) {
  const float scale = key.scale;
  if (!key.active()) {
    for_lanes(
        count, [&](std::int64_t i, std::int64_t some) __attribute__((always_inline)) {
          store_up_to(load_up_to(base + i, some) + load_up_to(from + i, some), to + i, some);
        });
    return;
  }
  for_kept(
      count, key, [&](std::int64_t i, std::int64_t some, Ints keep) __attribute__((always_inline)) {
        store_up_to(load_up_to(base + i, some) + masked(load_up_to(from + i, some) * scale, keep), to + i, some);
      });
}

P5_CPU_CLONES void relu_drop(float* values, std::int64_t count, const DropoutKey& key, std::uint32_t* open) {
  const float scale = key.scale;
  Bits bits{};
  const auto keep = [&](std::int64_t i, std::int64_t some, Floats kept) __attribute__((always_inline)) {
    store_up_to(kept, values + i, some);
    if (open != nullptr) put_mask(kept > 0.0f, i, count, bits, open);
  };
  if (!key.active()) {
    for_lanes(
        count, [&](std::int64_t i, std::int64_t some)
                   __attribute__((always_inline)) { keep(i, some, larger(load_up_to(values + i, some), Floats{})); });
    return;
  }
  for_kept(
      count, key, [&](std::int64_t i, std::int64_t some, Ints stays) __attribute__((always_inline)) {
        keep(i, some, masked(larger(load_up_to(values + i, some) * scale, Floats{}), stays));
      });
}

P5_CPU_CLONES void pass_open(float* values, std::int64_t count, float scale, const std::uint32_t* open) {
  for_lanes(
      count, [&](std::int64_t i, std::int64_t some) __attribute__((always_inline)) {
        store_up_to(masked(load_up_to(values + i, some) * scale, get_mask(open, i)), values + i, some);
      });
}

P5_CPU_CLONES void norm_rows(const NormRows& norm, const float* from, std::int64_t rows, float* to, float* inverse) {
  const std::int64_t width = norm.width;
  for (std::int64_t row = 0; row < rows; ++row, from += width, to += width) {
    Floats squares{};
    for_lanes(
        width, [&](std::int64_t i, std::int64_t some) __attribute__((always_inline)) {
          const Floats value = load_up_to(from + i, some);
          squares += value * value;
        });
    const float scale = 1.0f / std::sqrt(sum_of(squares) / static_cast<float>(width) + norm.epsilon);
    for_lanes(
        width, [&](std::int64_t i, std::int64_t some) __attribute__((always_inline)) {
          store_up_to(load_up_to(from + i, some) * scale * load_up_to(norm.weight + i, some), to + i, some);
        });
    inverse[row] = scale;
  }
}

// With h = from * inverse and s = gradient * weight: d from = inverse * (s - h * mean(s * h)), d weight = sum of
// gradient * h.
P5_CPU_CLONES void norm_rows_backward(const NormRows& norm, const float* from, const float* inverse,
                                      const float* gradient, const float* base, std::int64_t rows, float* to,
                                      float* weight_gradient) {
  const std::int64_t width = norm.width;
  for (std::int64_t row = 0; row < rows; ++row, from += width, gradient += width, base += width, to += width) {
    const float scale = inverse[row];
    Floats sums{};
    for_lanes(
        width, [&](std::int64_t i, std::int64_t some) __attribute__((always_inline)) {
          sums += load_up_to(gradient + i, some) * load_up_to(norm.weight + i, some) * load_up_to(from + i, some);
        });
    const float shared = sum_of(sums) * scale * scale / static_cast<float>(width);
    for_lanes(
        width, [&](std::int64_t i, std::int64_t some) __attribute__((always_inline)) {
          const Floats slope = load_up_to(gradient + i, some), value = load_up_to(from + i, some);
          store_up_to(load_up_to(weight_gradient + i, some) + slope * value * scale, weight_gradient + i, some);
          const Floats change = slope * load_up_to(norm.weight + i, some) - value * shared;
          store_up_to(load_up_to(base + i, some) + change * scale, to + i, some);
        });
  }
}

P5_CPU_CLONES void softmax_row(float* row, const float* bias, const float* hidden, std::int64_t count) {
  constexpr float kNothing = -std::numeric_limits<float>::infinity();
  Floats most = all(kNothing);
  for_lanes(
      count, [&](std::int64_t i, std::int64_t some) __attribute__((always_inline)) {
        Floats value = some == kLanes ? load(row + i) : load_part(row + i, some, kNothing);
        if (bias != nullptr) value += load_up_to(bias + i, some);
        if (hidden != nullptr) value += load_up_to(hidden + i, some);
        store_up_to(value, row + i, some);
        most = larger(value, most);
      });
  const float maximum = largest_of(most);
  Floats sum{};
  for_lanes(
      count, [&](std::int64_t i, std::int64_t some) __attribute__((always_inline)) {
        const Floats value =
            exponential((some == kLanes ? load(row + i) : load_part(row + i, some, kNothing)) - maximum);
        sum += value;
        store_up_to(value, row + i, some);
      });
  const float scale = 1.0f / sum_of(sum);
  for_lanes(
      count, [&](std::int64_t i, std::int64_t some)
                 __attribute__((always_inline)) { store_up_to(load_up_to(row + i, some) * scale, row + i, some); });
}

P5_CPU_CLONES void softmax_row_backward(const float* probability, float* gradient, std::int64_t count) {
  Floats sum{};
  for_lanes(
      count, [&](std::int64_t i, std::int64_t some) __attribute__((always_inline)) {
        sum += load_up_to(probability + i, some) * load_up_to(gradient + i, some);
      });
  const float shared = sum_of(sum);
  for_lanes(
      count, [&](std::int64_t i, std::int64_t some) __attribute__((always_inline)) {
        store_up_to(load_up_to(probability + i, some) * (load_up_to(gradient + i, some) - shared), gradient + i, some);
      });
}

P5_CPU_CLONES void add(const float* from, float* to, std::int64_t count) {
  for_lanes(
      count, [&](std::int64_t i, std::int64_t some) __attribute__((always_inline)) {
        store_up_to(load_up_to(to + i, some) + load_up_to(from + i, some), to + i, some);
      });
}

// In squares, so that both sides stay in the first-level cache.
void add_transposed(const ConstMatrix& from, const Matrix& to) {
  constexpr std::int64_t kSquare = 16;
  for (std::int64_t row = 0; row < from.rows; row += kSquare) {
    const std::int64_t last_row = std::min(row + kSquare, from.rows);
    for (std::int64_t column = 0; column < from.columns; column += kSquare) {
      const std::int64_t last_column = std::min(column + kSquare, from.columns);
      for (std::int64_t j = column; j < last_column; ++j) {
        for (std::int64_t i = row; i < last_row; ++i) to.data[j * to.stride + i] += from.data[i * from.stride + j];
      }
    }
  }
}

P5_CPU_CLONES void take_in(LogSum& state, const float* logits, std::int64_t count) {
  constexpr float kNothing = -std::numeric_limits<float>::infinity();
  const float most = std::max(state.maximum, largest(logits, count));
  Floats sum{};
  for_lanes(
      count, [&](std::int64_t i, std::int64_t some) __attribute__((always_inline)) {
        sum += exponential((some == kLanes ? load(logits + i) : load_part(logits + i, some, kNothing)) - most);
      });
  const float before = state.sum > 0.0f ? state.sum * std::exp(state.maximum - most) : 0.0f;
  state = {most, before + sum_of(sum)};
}

P5_CPU_CLONES void exponentials(float* logits, std::int64_t count, float log_sum, float weight) {
  for_lanes(
      count, [&](std::int64_t i, std::int64_t some) __attribute__((always_inline)) {
        store_up_to(exponential(load_up_to(logits + i, some) - log_sum) * weight, logits + i, some);
      });
}

}  // namespace p5
