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

constexpr std::uint64_t kRankSeed = 2022;

std::vector<float> random_vectors(std::int64_t count, std::int64_t width, const char* stream) {
  Rng rng(kRankSeed, stream);
  std::vector<float> values(static_cast<std::size_t>(count * width));
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

// [users, seen] item ids, ascending in each row; an item may occur twice.
std::vector<ItemId> random_seen(const RankBenchOptions& options) {
  Rng rng(kRankSeed, "bench rank seen");
  const auto row = static_cast<std::size_t>(options.seen);
  std::vector<ItemId> seen(static_cast<std::size_t>(options.users) * row);
  for (ItemId& item : seen) item = static_cast<ItemId>(rng.below(static_cast<std::uint64_t>(options.items)));
  for (auto begin = seen.begin(); begin != seen.end(); begin += options.seen) std::sort(begin, begin + options.seen);
  return seen;
}

// Everything that is ranked, and the ranking itself.
class RankWork {
 public:
  explicit RankWork(const RankBenchOptions& options)
      : width_(static_cast<std::size_t>(options.width)),
        top_(static_cast<std::size_t>(options.top)),
        users_(random_vectors(options.users, options.width, "bench rank users")),
        items_(random_vectors(options.items, options.width, "bench rank items")),
        seen_items_(random_seen(options)),
        pool_(static_cast<std::size_t>(options.threads)) {
    const auto row = static_cast<std::size_t>(options.seen);
    for (std::size_t begin = 0; begin < seen_items_.size(); begin += row) {
      seen_.push_back(std::span(seen_items_).subspan(begin, row));
    }
  }

  // Packing the items is part of the time: a catalogue may be new each time.
  double seconds() {
    const auto start = BenchClock::now();
    const DotProductRanking ranking = DotProductRanker(items_, width_).rank(users_, seen_, top_, pool_);
    const double seconds = seconds_since(start);
    if (ranking.seen_dropped.size() != seen_.size()) throw model_error("the ranking lost users");
    return seconds;
  }

 private:
  std::size_t width_, top_;
  std::vector<float> users_, items_;
  std::vector<ItemId> seen_items_;
  std::vector<std::span<const ItemId>> seen_;
  ThreadPool pool_;
};

double seconds_of_product(const RankBenchOptions& options, std::int64_t block) {
  return time_product({.rows = options.users,
                       .inner = options.width,
                       .columns = options.items,
                       .block = block,
                       .rounds = 1,
                       .device = {.device = "cpu", .threads = options.threads}})
      .front();
}

// The fastest of three sizes of user blocks, whose scores take 256 MiB at most.
std::int64_t best_block(const RankBenchOptions& options) {
  constexpr std::int64_t kMaxScores = std::int64_t{1} << 26, kMaxRows = 4096;
  const std::int64_t largest = std::clamp<std::int64_t>(kMaxScores / options.items, 1, kMaxRows);
  std::int64_t best = largest;
  double least = std::numeric_limits<double>::infinity();
  for (const std::int64_t part : {1, 4, 16}) {
    const std::int64_t block = std::max<std::int64_t>(1, largest / part);
    const double seconds = seconds_of_product(options, block);
    if (seconds < least) best = block, least = seconds;
  }
  return best;
}

// Runs both sides in turn, so that other load on the machine affects both.
struct Rounds {
  std::vector<double> ranking, product, ratio;
  double memory_mb = 0;  // of ranking, before the product's buffer is allocated
};

Rounds measure(const RankBenchOptions& options) {
  RankWork work(options);
  work.seconds();  // warms up
  Rounds rounds;
  rounds.memory_mb = peak_memory_mb();
  const std::int64_t block = best_block(options);
  for (std::int64_t round = 0; round < options.rounds; ++round) {
    rounds.ranking.push_back(work.seconds());
    rounds.product.push_back(seconds_of_product(options, block));
    rounds.ratio.push_back(rounds.ranking.back() / rounds.product.back());
  }
  return rounds;
}

// The vectors, the packed items, the seen items and both lists.
double bytes_of_ranking(const RankBenchOptions& options) {
  const auto users = static_cast<double>(options.users), items = static_cast<double>(options.items);
  return static_cast<double>(options.width) * (users + 2 * items) * sizeof(float) +
         users * (static_cast<double>(options.seen) * sizeof(ItemId) +
                  2 * static_cast<double>(std::min(options.top, options.items)) * sizeof(Candidate));
}

}  // namespace

BenchReport bench_rank(const RankBenchOptions& options) {
  require_memory(bytes_of_ranking(options));
  const Rounds rounds = measure(options);
  const double seconds = median(rounds.ranking);
  const double peak = measured_peak({.device = "cpu", .threads = options.threads});
  const double flops = 2.0 * static_cast<double>(options.users) * static_cast<double>(options.items) *
                       static_cast<double>(options.width);
  BenchReport report{{"job", "rank"},
                     {"kernel", dot_product_kernels().front().name},
                     {"threads", thread_count(options.threads)},
                     {"users", options.users},
                     {"items", options.items},
                     {"width", options.width},
                     {"top", options.top},
                     {"rank_ms_median", seconds * 1e3},
                     {"users_per_s", static_cast<double>(options.users) / seconds},
                     {"product_ms_median", median(rounds.product) * 1e3},
                     {"product_ratio", median(rounds.ratio)}};
  add_floor(report, flops, seconds, peak);
  report["peak_memory_mb"] = rounds.memory_mb;
  return report;
}

}  // namespace p5
