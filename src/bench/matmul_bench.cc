#include "bench/matmul_bench.h"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <utility>

#include "base/rng.h"
#include "bench/measure.h"
#include "bench/unit_peak.h"
#include "nn/float_kernel.h"
#include "nn/matrix_product.h"
#include "p5/error.h"
#include "retrieval/dense_algebra.h"

namespace p5 {
namespace {

constexpr std::uint64_t kMatmulSeed = 2022;

std::vector<float> random_numbers(std::int64_t count, const char* stream) {
  Rng rng(kMatmulSeed, stream);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

// One product in its three forms, on the same numbers.
class Product {
 public:
  explicit Product(const ProductSize& size)
      : size_(size),
        left_(random_numbers(size.rows * size.depth, "bench matmul left")),
        right_(random_numbers(size.columns * size.depth, "bench matmul right")),
        result_(static_cast<std::size_t>(size.rows * size.columns)) {}

  void by_blas() { multiply_transposed(left_, right_, static_cast<std::size_t>(size_.depth), result_); }
  void by_p5() {
    packed_right_.pack_transposed({right_.data(), size_.columns, size_.depth, size_.depth});
    by_p5_packed();
  }
  void by_p5_packed() {  // after by_p5()
    packed_left_.pack({left_.data(), size_.rows, size_.depth, size_.depth});
    multiply(packed_left_, packed_right_, {result_.data(), size_.rows, size_.columns, size_.columns});
  }

  double flops() const {
    return 2.0 * static_cast<double>(size_.rows) * static_cast<double>(size_.depth) *
           static_cast<double>(size_.columns);
  }
  const std::vector<float>& result() const { return result_; }

 private:
  ProductSize size_;
  std::vector<float> left_, right_, result_;
  LeftFactor packed_left_;
  RightFactor packed_right_;
};

// A kernel that computes something else would be fast for nothing.
void require_equal(Product& product, const ProductSize& size) {
  product.by_blas();
  const std::vector<float> expected = product.result();
  product.by_p5();
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(double{product.result()[i]} - expected[i], 2);
    norm += std::pow(double{expected[i]}, 2);
  }
  constexpr double kTolerance = 1e-5;
  if (difference > kTolerance * kTolerance * norm) {
    throw Error(
        ErrorCode::kInternal, ErrorSubject::kSystem, "p5's product is not that of OpenBLAS",
        {.where = std::to_string(size.rows) + "x" + std::to_string(size.depth) + "x" + std::to_string(size.columns)});
  }
}

double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Seconds of one product, by enough of them that the clock does not matter.
double seconds_of(const std::function<void()>& product, std::int64_t repeats) {
  const double start = processor_seconds();
  for (std::int64_t i = 0; i < repeats; ++i) product();
  return (processor_seconds() - start) / static_cast<double>(repeats);
}

BenchReport measured(const ProductSize& size, std::int64_t rounds) {
  Product product(size);
  require_equal(product, size);
  constexpr double kOperations = 5e7;  // of a round: about half a millisecond
  const auto repeats = static_cast<std::int64_t>(kOperations / product.flops()) + 1;
  std::vector<double> blas, whole, packed, ratio;
  for (std::int64_t round = 0; round < rounds; ++round) {
    blas.push_back(seconds_of([&] { product.by_blas(); }, repeats));
    whole.push_back(seconds_of([&] { product.by_p5(); }, repeats));
    packed.push_back(seconds_of([&] { product.by_p5_packed(); }, repeats));
    ratio.push_back(whole.back() / blas.back());
  }
  const auto gflops = [&](const std::vector<double>& seconds) { return product.flops() / median(seconds) * 1e-9; };
  return {{"rows", size.rows},
          {"depth", size.depth},
          {"columns", size.columns},
          {"p5_gflops", gflops(whole)},
          {"p5_packed_gflops", gflops(packed)},
          {"openblas_gflops", gflops(blas)},
          {"time_ratio", median(ratio)}};
}

}  // namespace

ProductSize product_size(const std::string& text) {
  constexpr std::int64_t kLargest = 16384;
  std::int64_t numbers[3] = {};
  const char *at = text.data(), *const end = text.data() + text.size();
  for (int i = 0; i < 3; ++i) {
    const auto [rest, failed] = std::from_chars(at, end, numbers[i]);
    const bool ends_well = i < 2 ? rest != end && *rest == 'x' : rest == end;
    if (failed != std::errc() || !ends_well || numbers[i] < 1 || numbers[i] > kLargest) {
      throw usage_error("bad size of a product",
                        {.expected = "rows x depth x columns, 1 to 16384 each, such as 288x128x64", .got = text});
    }
    at = rest + 1;
  }
  return {numbers[0], numbers[1], numbers[2]};
}

BenchReport bench_matmul(const MatmulBenchOptions& options) {
  std::vector<ProductSize> sizes;
  for (const std::string& text : options.sizes) sizes.push_back(product_size(text));
  if (sizes.empty()) throw usage_error("no size of a product", {.expected = "--sizes 288x128x64"});
  BenchReport products = BenchReport::array();
  double worst = 0;
  for (const ProductSize& size : sizes) {
    products.push_back(measured(size, options.rounds));
    worst = std::max(worst, products.back().at("time_ratio").get<double>());
  }
  BenchReport report{{"job", "matmul"},
                     {"kernel", matrix_kernel_name()},
                     {"vectors", floats::kernel().name},
                     {"openblas_core", blas_core_name()},
                     {"threads", 1},
                     {"rounds", options.rounds},
                     {"vector_peak_gflops", unit_peak(/*threads=*/1, /*bfloat16=*/false) * 1e-9},
                     {"worst_time_ratio", worst}};
  report["products"] = std::move(products);
  return report;
}

}  // namespace p5
