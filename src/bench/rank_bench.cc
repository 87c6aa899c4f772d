#include "bench/rank_bench.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "base/rng.h"
#include "base/thread_pool.h"
#include "bench/matrix_peak.h"
#include "bench/measure.h"
#include "p5/error.h"
#include "retrieval/dot_product_ranker.h"

namespace p5 {
namespace {

constexpr std::uint64_t kSeed = 2022;

std::vector<float> random_vectors(std::int64_t count, std::int64_t width, const char* stream) {
  Rng rng(kSeed, stream);
  std::vector<float> values(static_cast<std::size_t>(count * width));
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

// [users, seen] item ids, ascending in each row; an item may stand there twice.
std::vector<ItemId> random_seen(const RankBenchOptions& options) {
  Rng rng(kSeed, "bench rank seen");
  const auto row = static_cast<std::size_t>(options.seen);
  std::vector<ItemId> seen(static_cast<std::size_t>(options.users) * row);
  for (ItemId& item : seen) item = static_cast<ItemId>(rng.below(static_cast<std::uint64_t>(options.items)));
  for (auto begin = seen.begin(); begin != seen.end(); begin += options.seen) std::sort(begin, begin + options.seen);
  return seen;
}

double seconds_of_ranking(const RankBenchOptions& options) {
  const std::vector<float> users = random_vectors(options.users, options.width, "bench rank users");
  const std::vector<float> items = random_vectors(options.items, options.width, "bench rank items");
  const std::vector<ItemId> seen_items = random_seen(options);
  std::vector<std::span<const ItemId>> seen;
  for (std::size_t user = 0; user < static_cast<std::size_t>(options.users); ++user) {
    const auto row = static_cast<std::size_t>(options.seen);
    seen.push_back(std::span(seen_items).subspan(user * row, row));
  }
  ThreadPool pool(static_cast<std::size_t>(options.threads));
  const auto width = static_cast<std::size_t>(options.width), top = static_cast<std::size_t>(options.top);
  const auto rank = [&] { return DotProductRanker(items, width).rank(users, seen, top, pool); };
  if (rank().drop.size() != seen.size()) throw model_error("the ranking lost users");  // and warms up
  return median(time_rounds(static_cast<std::size_t>(options.rounds), rank));
}

// Of three sizes of blocks, whose scores take 256 MiB at most, the fastest.
double seconds_of_product(const RankBenchOptions& options, const DeviceOptions& device) {
  constexpr std::int64_t kMostScores = std::int64_t{1} << 26, kMostRows = 4096;
  double best = std::numeric_limits<double>::infinity();
  std::int64_t block = std::clamp<std::int64_t>(kMostScores / options.items, 1, kMostRows);
  for (int size = 0; size < 3; ++size, block = std::max<std::int64_t>(1, block / 4)) {
    best = std::min(best, median(time_product({.rows = options.users,
                                               .inner = options.width,
                                               .columns = options.items,
                                               .block = block,
                                               .rounds = options.rounds,
                                               .device = device})));
  }
  return best;
}

// The vectors, the packed items, what was seen and both lists.
double bytes_of_ranking(const RankBenchOptions& options) {
  const auto users = static_cast<double>(options.users), items = static_cast<double>(options.items);
  return static_cast<double>(options.width) * (users + 2 * items) * sizeof(float) +
         users * (static_cast<double>(options.seen) * sizeof(ItemId) +
                  2 * static_cast<double>(std::min(options.top, options.items)) * sizeof(Candidate));
}

}  // namespace

BenchReport bench_rank(const RankBenchOptions& options) {
  require_memory(bytes_of_ranking(options));
  const DeviceOptions device{.device = "cpu", .threads = options.threads};
  const double seconds = seconds_of_ranking(options), memory = peak_memory_mb();
  const double product = seconds_of_product(options, device), peak = measured_peak(device);
  const double flops = 2.0 * static_cast<double>(options.users) * static_cast<double>(options.items) *
                       static_cast<double>(options.width);
  return {{"job", "rank"},
          {"kernel", dot_product_kernels().front().name},
          {"threads", thread_count(options.threads)},
          {"users", options.users},
          {"items", options.items},
          {"width", options.width},
          {"top", options.top},
          {"rank_ms_median", seconds * 1e3},
          {"users_per_s", static_cast<double>(options.users) / seconds},
          {"product_ms_median", product * 1e3},
          {"product_ratio", seconds / product},
          {"flops", flops},
          {"gflops", flops / seconds * 1e-9},
          {"peak_gflops", peak * 1e-9},
          {"floor_ms", flops / peak * 1e3},
          {"floor_ratio", seconds * peak / flops},
          {"peak_memory_mb", memory}};
}

}  // namespace p5
