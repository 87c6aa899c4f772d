// What an index of item vectors costs and misses (retrieval/embedding_index.h): minutes to build, bytes per item,
// milliseconds of processor time per query, and the share of the exact best that it finds. Vectors are seeded and
// shaped as trained ones are: clouds, numbers of falling variance, lengths that differ. Queries are such vectors of
// nobody.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/rng.h"
#include "base/thread_pool.h"
#include "benchmark_main.h"
#include "retrieval/dot_product_ranker.h"
#include "retrieval/embedding_index.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;
using Kind = EmbeddingIndexOptions::Kind;
using Lists = std::vector<std::vector<Candidate>>;

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Of all threads of this process: what other programs do at the same time does not count.
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double peak_memory_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

const std::map<std::string, Kind> kKinds = {{"exact", Kind::kExact},
                                            {"flat", Kind::kFlat},
                                            {"ivf", Kind::kIvf},
                                            {"hnsw", Kind::kHnsw},
                                            {"ivfpq", Kind::kIvfPq}};

struct Sizes {
  std::size_t items = 1'000'000, width = 64, queries = 500, k = 10, threads = 1;
  std::size_t cloud = 200;  // items of a cloud, on average
};

class Vectors {
 public:
  explicit Vectors(const Sizes& sizes)
      : width_(sizes.width), clouds_(std::max<std::size_t>(sizes.items / sizes.cloud, 1)) {
    for (std::size_t d = 0; d < width_; ++d) scales_.push_back(1.0 / std::sqrt(1.0 + static_cast<double>(d)));
    Rng rng(2022, "nearest benchmark clouds");
    centers_.resize(clouds_ * width_);
    for (std::size_t i = 0; i < centers_.size(); ++i) centers_[i] = number(rng, i % width_);
  }

  std::vector<float> draw(std::size_t count, const char* stream) const {
    Rng rng(2022, stream);
    std::vector<float> vectors(count * width_);
    for (std::size_t i = 0; i < count; ++i) {
      const float* center = centers_.data() + rng.below(clouds_) * width_;
      const auto length = static_cast<float>(std::exp(0.25 * rng.normal()));
      for (std::size_t d = 0; d < width_; ++d) {
        vectors[i * width_ + d] = length * (center[d] + 0.7f * number(rng, d));
      }
    }
    return vectors;
  }

 private:
  float number(Rng& rng, std::size_t d) const { return static_cast<float>(rng.normal() * scales_[d]); }

  std::size_t width_, clouds_;
  std::vector<double> scales_;
  std::vector<float> centers_;
};

double recall(const Lists& found, const Lists& wanted) {
  std::size_t hits = 0, all = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    all += wanted[i].size();
    for (const Candidate& item : wanted[i]) {
      hits += static_cast<std::size_t>(std::ranges::count(found[i], item.item, &Candidate::item));
    }
  }
  return static_cast<double>(hits) / static_cast<double>(all);
}

// The index's own bytes, without the vectors that exact scores are made of.
double index_bytes(const EmbeddingIndex& index) {
  if (index.kind() == Kind::kExact) return static_cast<double>(index.item_count() * index.width() * sizeof(float));
  return static_cast<double>(index.state().get<std::uint8_t>("faiss").size());
}

Json measure(const std::vector<float>& items, const std::vector<float>& queries, const Lists& wanted,
             const Sizes& sizes, EmbeddingIndexOptions options, const std::vector<std::int64_t>& probes) {
  const auto start = Clock::now();
  const double before = processor_seconds();
  auto index = std::make_unique<EmbeddingIndex>(items, sizes.width, options, sizes.threads);
  const double minutes = seconds_since(start) / 60, work = (processor_seconds() - before) / 60;
  const double memory = peak_memory_mb();
  const auto count = static_cast<double>(sizes.items);
  const std::string kind = std::ranges::find(kKinds, index->kind(), &std::pair<const std::string, Kind>::second)->first;
  const double bytes = index_bytes(*index);
  const std::vector<CandidateQuery> filters(sizes.queries);
  ThreadPool pool(1);
  Json rows = Json::array();
  for (const std::int64_t each : probes) {
    if (each != options.probes) {
      options.probes = options.search = each;
      const FittedState state = index->state();
      index.reset();  // memory for one at a time
      index = std::make_unique<EmbeddingIndex>(state, options);
    }
    const double asked = processor_seconds();
    const Lists found = index->search(queries, filters, sizes.k, pool);
    rows.push_back({{"index", kind},
                    {"items", sizes.items},
                    {"width", sizes.width},
                    {"build_minutes", minutes},
                    {"build_processor_minutes", work},
                    {"build_threads", sizes.threads},
                    {"index_bytes_per_item", bytes / count},
                    {"vector_bytes_per_item", sizes.width * sizeof(float)},
                    {"peak_memory_mb", memory},
                    {"probes", each},
                    {"ms_per_query", (processor_seconds() - asked) * 1e3 / static_cast<double>(sizes.queries)},
                    {fmt::format("recall_at_{}", sizes.k), recall(found, wanted)}});
  }
  return rows;
}

int program(int argc, char** argv) {
  CLI::App app("What an index of item vectors costs and misses");
  Sizes sizes;
  EmbeddingIndexOptions options;
  std::vector<std::int64_t> probes;
  bool json = false;
  app.add_option("--index", options.kind, "exact, flat, ivf, hnsw or ivfpq; default: what nearest.index = auto takes")
      ->transform(CLI::CheckedTransformer(kKinds));
  app.add_option("--items", sizes.items, "items")->check(CLI::Range(1, 100'000'000))->capture_default_str();
  app.add_option("--width", sizes.width, "numbers of a vector")->check(CLI::Range(1, 65536))->capture_default_str();
  app.add_option("--queries", sizes.queries, "queries")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_option("--cloud", sizes.cloud, "items of a cloud, on average")->check(CLI::Range(1, 1'000'000));
  app.add_option("-k", sizes.k, "items asked for")->check(CLI::Range(1, 100'000))->capture_default_str();
  app.add_option("--lists", options.lists, "as nearest.lists");
  app.add_option("--code-bytes", options.code_bytes, "as nearest.code_bytes");
  app.add_option("--shortlist", options.shortlist, "as nearest.shortlist");
  app.add_option("--probes", probes, "as nearest.probes, or nearest.search of hnsw; several: a row per number")
      ->delimiter(',');
  app.add_option("--threads", sizes.threads, "that build; a query takes one")->capture_default_str();
  app.add_flag("--json", json, "one JSON list on stdout");
  CLI11_PARSE(app, argc, argv);

  if (probes.empty()) probes = {0};
  if (probes.front() > 0) options.probes = options.search = probes.front();
  const Vectors vectors(sizes);
  const std::vector<float> items = vectors.draw(sizes.items, "nearest benchmark items");
  const std::vector<float> queries = vectors.draw(sizes.queries, "nearest benchmark queries");
  Lists wanted;
  double exact = 0;
  {
    ThreadPool pool(1);
    const DotProductRanker ranker(items, sizes.width);
    const double start = processor_seconds();
    wanted = ranker.rank(queries, {}, sizes.k, pool).seen_kept;
    exact = (processor_seconds() - start) * 1e3 / static_cast<double>(sizes.queries);
  }
  const Json rows = measure(items, queries, wanted, sizes, options, probes);
  if (json) return fmt::print("{}\n", rows.dump()), 0;
  fmt::print("exact, all queries at once: {:.3f} ms per query\n", exact);
  for (const Json& row : rows) {
    fmt::print("\n");
    for (const auto& [key, value] : row.items()) fmt::print("{:<24} {}\n", key, value.dump());
  }
  return 0;
}

}  // namespace
}  // namespace p5

int main(int argc, char** argv) { return p5::benchmark_main(argc, argv, p5::program); }
