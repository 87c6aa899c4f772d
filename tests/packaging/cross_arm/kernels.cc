// The kernels of products on another processor, against plain loops. No test library, because there is none for it.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "nn/float_kernel.h"
#include "nn/int8_kernel.h"
#include "retrieval/dot_product_kernel.h"

namespace {

int failures = 0;

void expect(bool condition, const std::string& what) {
  if (condition) return;
  std::printf("wrong: %s\n", what.c_str());
  ++failures;
}

std::vector<float> numbers(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(std::rand() % 17 - 8);  // sums are exact
  return values;
}

void check_float(std::int64_t rows, std::int64_t depth, std::int64_t columns) {
  const std::vector<float> a = numbers(rows * depth), b = numbers(columns * depth);
  for (const p5::floats::Kernel& kernel : p5::floats::kernels()) {
    if (!kernel.available()) continue;
    std::vector<float> left(p5::floats::packed_left_size(rows, depth)), c(static_cast<std::size_t>(rows * columns), 1);
    std::vector<float> right(p5::floats::packed_right_size(columns, depth));
    kernel.pack_left({{a.data(), rows, depth, depth}, false}, left.data());
    kernel.pack_right({{b.data(), columns, depth, depth}, true}, right.data());
    kernel.multiply(left.data(), {right.data(), depth}, depth, {c.data(), rows, columns, columns}, p5::Sum::kAdd);
    bool equal = true;
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        float sum = 1;
        for (std::int64_t k = 0; k < depth; ++k) {
          sum += a[static_cast<std::size_t>(i * depth + k)] * b[static_cast<std::size_t>(j * depth + k)];
        }
        equal = equal && c[static_cast<std::size_t>(i * columns + j)] == sum;
      }
    }
    expect(equal, std::string(kernel.name) + " " + std::to_string(rows) + "x" + std::to_string(depth));
  }
}

void check_int8(std::int64_t depth) {
  const std::int64_t padded = (depth + 63) / 64 * 64;
  std::vector<std::int8_t> left(static_cast<std::size_t>(padded * p5::int8::kRows));
  std::vector<std::uint8_t> right(static_cast<std::size_t>(padded * p5::int8::kColumns));
  const auto at = [](std::int64_t row, std::int64_t k) {
    return static_cast<std::size_t>(k / 64 * 64 * p5::int8::kRows + row * 64 + k % 64);
  };
  for (std::int64_t row = 0; row < p5::int8::kRows; ++row) {
    for (std::int64_t k = 0; k < depth; ++k) left[at(row, k)] = static_cast<std::int8_t>(std::rand() % 255 - 127);
  }
  for (std::uint8_t& value : right) value = static_cast<std::uint8_t>(std::rand() % 255 + 1);
  for (const p5::int8::Kernel& kernel : p5::int8::kernels()) {
    if (!kernel.available()) continue;
    for (const std::int64_t rows : {1, 7, 8, 13, 16}) {
      std::int32_t sums[p5::int8::kRows * p5::int8::kColumns];
      kernel.multiply(left.data(), right.data(), depth, rows, sums);
      for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t column = 0; column < p5::int8::kColumns; ++column) {
          std::int32_t sum = 0;
          for (std::int64_t k = 0; k < depth; ++k) {
            sum += left[at(row, k)] * right[static_cast<std::size_t>(k / 4 * 128 + column * 4 + k % 4)];
          }
          expect(sums[row * p5::int8::kColumns + column] == sum, std::string(kernel.name) + " of 8 bits");
        }
      }
    }
  }
}

void check_dot_products(std::size_t width) {
  for (const p5::DotProductKernel& kernel : p5::dot_product_kernels()) {
    const auto size = [&](std::size_t extent) { return static_cast<std::int64_t>(extent * width); };
    const std::vector<float> users = numbers(size(kernel.users)), items = numbers(size(kernel.items));
    const std::vector<float> thresholds(kernel.users, 0.0f);
    std::vector<std::uint32_t> hits(kernel.users);
    auto* scores = static_cast<float*>(std::aligned_alloc(64, kernel.users * kernel.items * sizeof(float)));
    auto aligned = [](const std::vector<float>& from) {
      auto* to = static_cast<float*>(std::aligned_alloc(64, (from.size() * sizeof(float) + 63) / 64 * 64));
      std::copy(from.begin(), from.end(), to);
      return to;
    };
    float *packed_users = aligned(users), *packed_items = aligned(items);
    kernel.run({packed_users, packed_items, width, thresholds.data(), hits.data(), scores});
    for (std::size_t i = 0; i < kernel.users; ++i) {
      for (std::size_t j = 0; j < kernel.items; ++j) {
        float sum = 0;
        for (std::size_t k = 0; k < width; ++k) sum += users[k * kernel.users + i] * items[k * kernel.items + j];
        const bool hit = (hits[i] >> j & 1U) != 0;
        expect(hit == (sum > 0), std::string(kernel.name) + " hits");
        if (hits[i] != 0) expect(scores[i * kernel.items + j] == sum, std::string(kernel.name) + " scores");
      }
    }
    std::free(packed_users);
    std::free(packed_items);
    std::free(scores);
  }
}

}  // namespace

int main() {
  for (const std::int64_t rows : {1, 5, 12, 23, 40}) check_float(rows, 67, 45);
  check_float(24, 300, 64);
  for (const std::int64_t depth : {1, 5, 64, 65, 200}) check_int8(depth);
  check_dot_products(33);
  std::printf("%s, %s\n", p5::floats::kernel().name.data(), p5::int8::kernel().name.data());
  return failures == 0 ? 0 : 1;
}
