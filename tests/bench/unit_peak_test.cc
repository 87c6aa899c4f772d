#include "bench/unit_peak.h"

#include <gtest/gtest.h>

#include "nn/matrix_product.h"

namespace p5 {
namespace {

BenchReport report_of(const char* matmul, const char* device = "cpu") {
  BenchReport report{{"device", device}};
  add_unit(report, {.threads = 1, .matmul = matmul}, /*flops=*/3e9, /*seconds=*/2.0);
  return report;
}

TEST(UnitPeak, IsThatOfTheUnitThatProductsRunOn) {
  if (matrix_kernel() == MatrixKernel::kTiles) {
    EXPECT_FALSE(report_of("medium").contains("unit"));
    return;
  }
  const bool pairs = matrix_kernel() == MatrixKernel::kBfloat16;
  EXPECT_EQ(report_of("highest").at("unit"), "float32 vectors");
  EXPECT_EQ(report_of("high").at("unit"), "float32 vectors");
  const BenchReport medium = report_of("medium");
  EXPECT_EQ(medium.at("unit"), pairs ? "bfloat16 vectors" : "float32 vectors");
  const double peak = medium.at("unit_peak_gflops");
  EXPECT_GT(peak, 1.0);
  EXPECT_NEAR(medium.at("unit_share").get<double>(), 1.5 / peak, 1e-9);
}

TEST(UnitPeak, HasNothingToSayOfAGpu) { EXPECT_FALSE(report_of("highest", "cuda:0").contains("unit")); }

}  // namespace
}  // namespace p5
