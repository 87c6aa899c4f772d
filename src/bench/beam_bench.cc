#include "bench/beam_bench.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "architectures/architecture_list.h"
#include "base/rng.h"
#include "bench/flop_count.h"
#include "bench/matrix_peak.h"
#include "bench/measure.h"
#include "bench/random_batch.h"
#include "bench/scratch_folder.h"
#include "bench/unit_peak.h"
#include "decode/beam_search.h"
#include "indexing/item_trie.h"
#include "model/text_generator.h"
#include "nn/matrix_product.h"
#include "p5/error.h"
#include "t5/int8_checkpoint.h"
#include "t5/t5_checkpoint.h"

namespace p5 {
namespace {

constexpr std::uint64_t kSeed = 2022;
// Tokens 0 to 2 are special.
constexpr std::size_t kWarmUp = 3, kDepth = 4, kCodes = 256, kFirstToken = 3;

ItemIndex random_items(std::size_t count) {
  Rng rng(kSeed, "bench beam items");
  std::set<std::vector<TokenId>> drawn;  // no two items share a path
  std::vector<std::string> names;
  while (drawn.size() < count) {
    std::vector<TokenId> path;
    for (std::size_t depth = 0; depth < kDepth; ++depth) {
      path.push_back(static_cast<TokenId>(kFirstToken + kCodes * depth + rng.below(kCodes)));
    }
    if (drawn.insert(std::move(path)).second) names.push_back("item_" + std::to_string(names.size()));
  }
  return {"bench", {drawn.begin(), drawn.end()}, std::move(names)};
}

// Random weights, in 8-bit integers where the options say so.
std::unique_ptr<SequenceModel> model_of(const ModelBenchOptions& options) {
  std::unique_ptr<SequenceModel> model = make_sequence_model(options.spec(), kSeed, options.device);
  if (!options.int8) return model;
  const ScratchFolder folder;
  const std::filesystem::path floats = folder.path() / "float32", integers = folder.path() / "int8";
  model->save(floats);
  write_int8_checkpoint(integers, options.spec(), open_t5_weights(floats));
  return load_sequence_model(integers, options.device);
}

// Passes requests on and records how many beams and allowed tokens they hold.
class CountingScorer final : public NextTokenScorer {
 public:
  explicit CountingScorer(NextTokenScorer& scorer) : scorer_(scorer) {}
  std::int32_t source_count() const override { return scorer_.source_count(); }
  void score(const ScoreRequest& request, ScoreResult& result) override {
    steps_.push_back({.rows = static_cast<std::int64_t>(request.source.size()),
                      .allowed = static_cast<std::int64_t>(request.allowed.size())});
    scorer_.score(request, result);
  }
  const std::vector<SearchStep>& steps() const { return steps_; }

 private:
  NextTokenScorer& scorer_;
  std::vector<SearchStep> steps_;
};

class BeamBench {
 public:
  explicit BeamBench(const ModelBenchOptions& options)
      : options_(options),
        trie_(random_items(static_cast<std::size_t>(options.items))),
        model_(model_of(options)),
        constraints_(static_cast<std::size_t>(options.users_per_batch), &constraint_),
        beam_{.beams = static_cast<std::int32_t>(options.beams),
              .max_length = static_cast<std::int32_t>(trie_.depth())} {}

  // One batch of users, from their tokens to their items.
  void search() {
    const auto scorer = ability_of<TextGenerator>(*model_).start(sources());
    keep_top(beam_search(*scorer, constraints_, beam_));
  }

  double flops_of_a_search() {
    const auto scorer = ability_of<TextGenerator>(*model_).start(sources());
    CountingScorer counting(*scorer);
    keep_top(beam_search(counting, constraints_, beam_));
    return search_flops(options_.spec(), options_.users_per_batch, options_.source, counting.steps());
  }

  std::string device() const { return model_->device(); }

 private:
  TokenBatch sources() {
    return random_batch({.rows = options_.users_per_batch, .source = options_.source}, options_.vocab, rng_);
  }

  void keep_top(std::vector<std::vector<Hypothesis>> found) const {
    for (auto& list : found) {
      if (list.empty()) throw model_error("the search found no item");
      if (list.size() > static_cast<std::size_t>(options_.top)) list.resize(static_cast<std::size_t>(options_.top));
    }
  }

  const ModelBenchOptions& options_;
  ItemTrie trie_;
  TrieConstraint constraint_{trie_};
  std::unique_ptr<SequenceModel> model_;
  std::vector<const TokenConstraint*> constraints_;
  BeamOptions beam_;
  Rng rng_{kSeed, "bench beam sources"};
};

}  // namespace

BenchReport bench_beam(const ModelBenchOptions& options) {
  constexpr std::int64_t kMinVocabulary = kFirstToken + kCodes * kDepth;
  if (options.vocab < kMinVocabulary) {
    throw usage_error("the vocabulary is too small for the items' codes",
                      {.where = "--vocab",
                       .expected = "at least " + std::to_string(kMinVocabulary),
                       .got = std::to_string(options.vocab)});
  }
  if (!options.device.device.starts_with("cuda")) {
    require_memory(static_cast<double>(options.spec().parameter_count()) * sizeof(float));
  }
  BeamBench bench(options);
  const double users = static_cast<double>(options.users_per_batch);
  const double flops = bench.flops_of_a_search() / users;
  time_rounds(kWarmUp, [&] { bench.search(); });
  const double seconds = median(time_rounds(static_cast<std::size_t>(options.steps), [&] { bench.search(); })) / users;
  const double memory = peak_memory_mb(), peak = measured_peak(options.device);
  BenchReport report{{"job", "beam"},
                     {"device", bench.device()},
                     {"parameters", options.spec().parameter_count()},
                     {"threads", thread_count(options.device.threads)},
                     {"kernel", matrix_kernel_name()},
                     {"matmul", options.int8 ? "int8" : options.device.matmul},
                     {"users_per_batch", options.users_per_batch},
                     {"ms_per_user_median", seconds * 1e3},
                     {"users_per_s", 1 / seconds}};
  add_floor(report, flops, seconds, peak);
  if (!options.int8) add_unit(report, options.device, flops, seconds);
  report["peak_memory_mb"] = memory;
  return report;
}

}  // namespace p5
