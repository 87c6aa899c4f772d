#include "bench/matmul_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "p5/error.h"

namespace p5 {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(MatmulBench, ReadsSizes) {
  const ProductSize size = product_size("288x128x64");
  EXPECT_EQ(size.rows, 288);
  EXPECT_EQ(size.depth, 128);
  EXPECT_EQ(size.columns, 64);
}

TEST(MatmulBench, RefusesWhatIsNoSize) {
  for (const char* text : {"", "288", "288x128", "288x128x", "288x128x64x2", "288x0x64", "288x-1x64", "ax1x1", "1x1x1 ",
                           "1x1x16385", "99999999999999999999x1x1"}) {
    EXPECT_THAT([&] { product_size(text); }, ThrowsMessage<Error>(HasSubstr("288x128x64"))) << text;
  }
}

TEST(MatmulBenchOptions, DefaultsAreSizes) {
  for (const std::string& text : MatmulBenchOptions().sizes) EXPECT_NO_THROW(product_size(text)) << text;
}

}  // namespace
}  // namespace p5
