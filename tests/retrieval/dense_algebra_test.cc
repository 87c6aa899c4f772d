#include "retrieval/dense_algebra.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.h"
#include "p5/error.h"

namespace p5 {
namespace {

// Symmetric, positive definite, with entries of both signs.
std::vector<float> random_definite(std::size_t n, std::uint64_t seed) {
  Rng rng(seed, "definite");
  std::vector<float> matrix(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i; j < n; ++j) {
      const auto value = static_cast<float>(i == j ? 3.0 + rng.uniform() : rng.normal() / std::sqrt(double(n)));
      matrix[i * n + j] = matrix[j * n + i] = value;
    }
  }
  return matrix;
}

// One tile, exactly one, and several of which the last is ragged.
TEST(InvertPositiveDefinite, GivesTheInverseWhateverTheThreads) {
  for (const std::size_t n : {1u, 5u, 256u, 257u, 600u}) {
    const std::vector<float> matrix = random_definite(n, n);
    std::vector<float> inverse = matrix;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < i; ++j) inverse[i * n + j] = NAN;  // not to be read
    }
    std::vector<float> again = inverse;
    ThreadPool one(1), three(3);
    invert_positive_definite(inverse, n, one);
    invert_positive_definite(again, n, three);
    EXPECT_EQ(inverse, again) << n;
    double worst = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        double sum = i == j ? -1.0 : 0.0;
        for (std::size_t k = 0; k < n; ++k) sum += double(matrix[i * n + k]) * inverse[k * n + j];
        worst = std::max(worst, std::abs(sum));
      }
    }
    EXPECT_LT(worst, 1e-5) << n;
  }
}

TEST(InvertPositiveDefinite, RefusesWhatIsNotDefinite) {
  std::vector<float> matrix{1, 2, 2, 1};
  ThreadPool pool(1);
  EXPECT_THROW(invert_positive_definite(matrix, 2, pool), Error);
}

TEST(InvertPositiveDefinite, StopsWhenAsked) {
  std::vector<float> matrix = random_definite(300, 1);
  ThreadPool pool(1);
  StopSource stop;
  stop.request_stop();
  EXPECT_THROW(invert_positive_definite(matrix, 300, pool, stop.token()), std::exception);
}

TEST(MultiplyTransposed, GivesTheProducts) {
  constexpr std::size_t kRows = 300, kColumns = 7, kInner = 5;
  Rng rng(1, "product");
  std::vector<float> left(kRows * kInner), right(kColumns * kInner), result(kRows * kColumns);
  for (float& value : left) value = static_cast<float>(rng.normal());
  for (float& value : right) value = static_cast<float>(rng.normal());
  ThreadPool pool(2);
  multiply_transposed(left, right, kInner, result, pool);
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kColumns; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < kInner; ++k) sum += double(left[i * kInner + k]) * right[j * kInner + k];
      EXPECT_NEAR(result[i * kColumns + j], sum, 1e-5);
    }
  }
}

TEST(SymmetricEigenvectors, AreOnePerRowWithTheirValues) {
  constexpr std::size_t n = 20;
  const std::vector<float> matrix = random_definite(n, 4);
  std::vector<float> vectors = matrix;
  const std::vector<float> values = symmetric_eigenvectors(vectors, n);
  for (std::size_t v = 0; v < n; ++v) {
    EXPECT_LE(values[v == 0 ? v : v - 1], values[v]);
    double length = 0;
    for (std::size_t i = 0; i < n; ++i) {
      double product = 0;
      for (std::size_t k = 0; k < n; ++k) product += double(matrix[i * n + k]) * vectors[v * n + k];
      EXPECT_NEAR(product, double(values[v]) * vectors[v * n + i], 1e-4);
      length += double(vectors[v * n + i]) * vectors[v * n + i];
    }
    EXPECT_NEAR(length, 1.0, 1e-5);
  }
}

}  // namespace
}  // namespace p5
