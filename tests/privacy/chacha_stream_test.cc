#include "privacy/chacha_stream.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

namespace p5 {
namespace {

// RFC 8439, appendix A.1, test vectors 1, 2 and 5, as words in the order of the key stream.
TEST(ChaChaStream, EqualsTheVectorsOfTheStandard) {
  ChaChaStream stream(ChaChaKey{});
  std::vector<std::uint32_t> words(32);
  stream.fill(words);
  EXPECT_EQ(words[0], 0xade0b876u);
  EXPECT_EQ(words[1], 0x903df1a0u);
  EXPECT_EQ(words[15], 0x8665eeb2u);
  EXPECT_EQ(words[16], 0xbee7079fu);
  EXPECT_EQ(words[17], 0x7a385155u);
  ChaChaStream other(ChaChaKey{}, 0x0200000000000000u);
  other.fill(words);
  EXPECT_EQ(words[0], 0x374dc6c2u);
  EXPECT_EQ(words[1], 0x3736d58cu);
}

TEST(ChaChaStream, PiecesAreTheSameStream) {
  const ChaChaKey key = public_key(7, "pieces");
  std::vector<std::uint32_t> whole(1000), parts(1000);
  ChaChaStream(key).fill(whole);
  ChaChaStream stream(key);
  for (std::size_t at = 0, size = 1; at < parts.size(); at += size, size = std::min<std::size_t>(2 * size, 1000 - at)) {
    stream.fill(std::span(parts).subspan(at, size));
  }
  EXPECT_EQ(whole, parts);
}

TEST(ChaChaStream, KeysDiffer) {
  EXPECT_NE(public_key(7, "a"), public_key(7, "b"));
  EXPECT_NE(public_key(7, "a"), public_key(8, "a"));
  EXPECT_NE(secret_key(), secret_key());
  EXPECT_NE(derived_key(public_key(7, "a"), "x"), derived_key(public_key(7, "b"), "x"));
}

// Moments of 400,000 numbers, and how many are beyond 1 and 2 deviations; bounds at five standard errors.
TEST(ChaChaStream, NoiseIsGaussian) {
  std::vector<float> values(400001, 3.0f);
  ChaChaStream(public_key(1, "noise")).add_gaussian(values, 2.0);
  double sum = 0, squares = 0, cubes = 0, fourths = 0;
  std::size_t beyond_one = 0, beyond_two = 0;
  for (const float value : values) {
    const double z = (value - 3.0) / 2.0;
    sum += z, squares += z * z, cubes += z * z * z, fourths += z * z * z * z;
    beyond_one += std::abs(z) > 1;
    beyond_two += std::abs(z) > 2;
  }
  const double n = static_cast<double>(values.size()), error = 5 / std::sqrt(n);
  EXPECT_NEAR(sum / n, 0, error);
  EXPECT_NEAR(squares / n, 1, error * std::sqrt(2.0));
  EXPECT_NEAR(cubes / n, 0, error * std::sqrt(15.0));
  EXPECT_NEAR(fourths / n, 3, error * std::sqrt(96.0));
  EXPECT_NEAR(static_cast<double>(beyond_one) / n, 0.3173, error * 0.47);
  EXPECT_NEAR(static_cast<double>(beyond_two) / n, 0.0455, error * 0.21);
}

TEST(ChaChaStream, UniformNumbersFillTheInterval) {
  ChaChaStream stream(public_key(1, "uniform"));
  double sum = 0;
  for (int i = 0; i < 100000; ++i) {
    const double value = stream.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
  }
  EXPECT_NEAR(sum / 100000, 0.5, 5 / std::sqrt(12.0 * 100000));
}

}  // namespace
}  // namespace p5
