#include "retrieval/embedding_index.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "base/shared_library.h"
#include "p5/error.h"
#include "retrieval/top_k.h"

namespace p5 {
namespace {

// More excluded items than this are cheaper to leave out of an exact search than to ask HNSW for in addition.
constexpr std::size_t kMostExcludedOfHnsw = 2000;

std::unique_ptr<FaissEngine> make_engine() {
  let_openmp_sleep();
  static const SharedLibrary library(
      {.file = "libp5_faiss.so",
       .provides = "faiss",
       .remedy = "the library as built and installed next to libp5.so, or vectors.index = exact"});
  return std::unique_ptr<FaissEngine>(library.function<decltype(&p5_faiss_make)>("p5_faiss_make")());
}

void require(const std::string& complaint, const char* what) {
  if (!complaint.empty()) throw system_error(what, {.where = "faiss", .got = complaint});
}

// Bytes per vector: the largest divisor of the width that is at most what is asked for, as each byte codes equally many
// numbers.
int code_bytes(std::int64_t asked, std::size_t width) {
  const auto whole = static_cast<std::int64_t>(width);
  std::int64_t bytes = std::clamp<std::int64_t>(asked > 0 ? asked : whole / 2, 1, whole);
  while (whole % bytes != 0) --bytes;
  return static_cast<int>(bytes);
}

FaissSpec::Kind engine_kind(EmbeddingIndexOptions::Kind kind) {
  using Kind = EmbeddingIndexOptions::Kind;
  switch (kind) {
    case Kind::kIvf:
      return FaissSpec::Kind::kIvf;
    case Kind::kHnsw:
      return FaissSpec::Kind::kHnsw;
    case Kind::kIvfPq:
      return FaissSpec::Kind::kIvfPq;
    default:
      return FaissSpec::Kind::kFlat;
  }
}

std::int64_t probes_of(std::int64_t lists) {
  constexpr std::int64_t kOneOf = 32, kLeast = 32;
  return std::max(lists / kOneOf, kLeast);
}

FaissSpec spec_of(const EmbeddingIndexOptions& options, EmbeddingIndexOptions::Kind kind, std::size_t items,
                  std::size_t width) {
  const auto root = static_cast<std::int64_t>(4 * std::sqrt(static_cast<double>(items)));
  const std::int64_t lists = std::clamp<std::int64_t>(options.lists > 0 ? options.lists : root, 1,
                                                      static_cast<std::int64_t>(std::max<std::size_t>(items, 1)));
  return {.kind = engine_kind(kind),
          .width = static_cast<int>(width),
          .lists = static_cast<int>(lists),
          .probes = static_cast<int>(std::min(options.probes > 0 ? options.probes : probes_of(lists), lists)),
          .codes = code_bytes(options.code_bytes, width),
          .links = static_cast<int>(options.links),
          .construction = static_cast<int>(options.construction),
          .search = static_cast<int>(options.search),
          .seed = static_cast<int>(options.seed)};
}

std::vector<ItemId> sorted(std::span<const ItemId> items) {
  std::vector<ItemId> ascending(items.begin(), items.end());
  std::sort(ascending.begin(), ascending.end());
  return ascending;
}

}  // namespace

EmbeddingIndexOptions::Kind EmbeddingIndexOptions::chosen(std::size_t item_count) const {
  if (kind != Kind::kAuto) return kind;
  if (item_count < static_cast<std::size_t>(exact_below)) return Kind::kExact;
  return item_count < static_cast<std::size_t>(hnsw_below) ? Kind::kHnsw : Kind::kIvfPq;
}

void EmbeddingIndexOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kMachine);
  table.add_choice(
      "nearest.index", &kind,
      {{"auto", Kind::kAuto},
       {"exact", Kind::kExact},
       {"flat", Kind::kFlat},
       {"ivf", Kind::kIvf},
       {"hnsw", Kind::kHnsw},
       {"ivfpq", Kind::kIvfPq}},
      {.help = "how the nearest item vectors are found: exact and flat look at all; ivf, hnsw and ivfpq are faster and "
               "miss some; auto: exact below nearest.exact_below items, hnsw below nearest.hnsw_below, else ivfpq"});
  table.add("nearest.exact_below", &exact_below, {.help = "items below which auto is exact", .minimum = 0});
  table.add(
      "nearest.hnsw_below", &hnsw_below,
      {.help = "items below which auto is hnsw, which needs more memory and time to build than ivfpq", .minimum = 0});
  table.add("nearest.lists", &lists,
            {.help = "clusters of ivf and ivfpq; 0 = four times the root of the items", .minimum = 0});
  table.add("nearest.probes", &probes,
            {.help = "clusters that a search of ivf or ivfpq looks at; 0 = one of 32 of them, at least 32",
             .minimum = 0,
             .maximum = 1e6});
  table.add("nearest.code_bytes", &code_bytes,
            {.help = "bytes of an item in ivfpq, lowered to a divisor of the width; 0 = half the width",
             .minimum = 0,
             .maximum = 65536});
  table.add("nearest.shortlist", &shortlist,
            {.help = "best items of ivfpq whose exact scores decide; 0 = ten times the items asked for, at least 200",
             .minimum = 0,
             .maximum = 1e9});
  table.add("nearest.links", &links,
            {.help = "neighbors of an item in the graph of hnsw", .minimum = 2, .maximum = 512});
  table.add("nearest.construction", &construction,
            {.help = "candidates while the graph of hnsw is built", .minimum = 4, .maximum = 1e6});
  table.add("nearest.search", &search, {.help = "candidates of a search of hnsw", .minimum = 1, .maximum = 1e6});
  table.add("nearest.seed", &seed,
            {.help = "seed of the clusters of ivf and ivfpq", .minimum = 0, .maximum = 2147483647});
}

EmbeddingIndex::EmbeddingIndex(std::span<const float> items, std::size_t width, const EmbeddingIndexOptions& options,
                               std::size_t threads)
    : items_(items.begin(), items.end()), width_(width) {
  if (width == 0 || items.empty() || items.size() % width != 0) {
    throw usage_error("the vectors of items are not whole rows",
                      {.where = "embedding index",
                       .expected = "a multiple of the width " + std::to_string(width),
                       .got = std::to_string(items.size()) + " numbers"});
  }
  kind_ = options.chosen(item_count());
  open_engine(options, threads);
  if (engine_ != nullptr) require(engine_->build(spec_, items_), "the index cannot be built");
}

EmbeddingIndex::EmbeddingIndex(const FittedState& state, const EmbeddingIndexOptions& options)
    : items_(state.get<float>("vectors")), width_(state.get<std::uint64_t>("width", 1).front()) {
  const auto kind = state.get<std::uint8_t>("kind", 1).front();
  if (width_ == 0 || items_.empty() || items_.size() % width_ != 0) {
    throw state.damage("whole rows of vectors", std::to_string(items_.size()) + " numbers");
  }
  if (kind < static_cast<std::uint8_t>(Kind::kExact) || kind > static_cast<std::uint8_t>(Kind::kIvfPq)) {
    throw state.damage("a kind from 1 to 5", std::to_string(kind));
  }
  kind_ = static_cast<Kind>(kind);
  open_engine(options, 1);
  if (engine_ == nullptr) return;
  const std::string complaint = engine_->load(spec_, state.get<std::uint8_t>("faiss"));
  if (!complaint.empty()) throw state.damage("an index of faiss", complaint);
}

void EmbeddingIndex::open_engine(const EmbeddingIndexOptions& options, std::size_t threads) {
  if (kind_ == Kind::kExact) {
    exact_ = std::make_unique<DotProductRanker>(items_, width_);
    return;
  }
  shortlist_ = static_cast<std::size_t>(options.shortlist);
  spec_ = spec_of(options, kind_, item_count(), width_);
  spec_.threads = static_cast<int>(ThreadPool(threads).size());
  engine_ = make_engine();
}

FittedState EmbeddingIndex::state() const {
  FittedState state;
  state.put("vectors", items_);
  state.put("width", std::vector<std::uint64_t>{width_});
  state.put("kind", std::vector<std::uint8_t>{static_cast<std::uint8_t>(kind_)});
  if (engine_ == nullptr) return state;
  std::vector<std::uint8_t> bytes;
  require(engine_->save(bytes), "the index cannot be saved");
  state.put("faiss", bytes);
  return state;
}

float EmbeddingIndex::score(std::span<const float> vector, ItemId item) const {
  return std::inner_product(vector.begin(), vector.end(), items_.begin() + static_cast<std::ptrdiff_t>(item * width_),
                            0.0f);
}

void EmbeddingIndex::score_all(std::span<const float> vector, std::span<float> scores) const {
  for (ItemId item = 0; item < item_count(); ++item) scores[item] = score(vector, item);
}

std::vector<Candidate> EmbeddingIndex::rank_candidates(std::span<const float> vector, const CandidateQuery& query,
                                                       std::size_t k) const {
  const std::vector<ItemId> exclude = sorted(query.exclude);
  std::vector<Candidate> candidates;
  for (const ItemId item : query.candidates) {
    if (item >= item_count() || std::binary_search(exclude.begin(), exclude.end(), item)) continue;
    candidates.push_back({item, score(vector, item)});
  }
  return top_k(std::move(candidates), k);
}

std::vector<Candidate> EmbeddingIndex::search_one(std::span<const float> vector, const CandidateQuery& query,
                                                  std::size_t k) const {
  const std::vector<ItemId> exclude = sorted(query.exclude);
  if (kind_ == Kind::kHnsw && exclude.size() > kMostExcludedOfHnsw) {
    std::vector<float> scores(item_count());
    score_all(vector, scores);
    for (const ItemId item : exclude) {
      if (item < item_count()) scores[item] = kNotACandidate;
    }
    return top_k(scores, k);
  }
  if (kind_ == Kind::kIvfPq) return search_codes(vector, exclude, k);
  std::vector<Candidate> found;
  require(engine_->search(vector, k, exclude, found), "the index cannot be searched");
  return found;
}

// The best by their codes are scored exactly, and the best of those are the answer.
std::vector<Candidate> EmbeddingIndex::search_codes(std::span<const float> vector, std::span<const ItemId> exclude,
                                                    std::size_t k) const {
  constexpr std::size_t kPerItem = 10, kLeast = 200;
  const std::size_t count = shortlist_ > 0 ? std::max(shortlist_, k) : std::max(kPerItem * k, kLeast);
  std::vector<Candidate> found;
  require(engine_->search(vector, count, exclude, found), "the index cannot be searched");
  for (Candidate& candidate : found) candidate.score = score(vector, candidate.item);
  return top_k(std::move(found), k);
}

void EmbeddingIndex::search_exactly(std::span<const float> vectors, std::span<const CandidateQuery> queries,
                                    std::size_t k, ThreadPool& pool, std::vector<std::vector<Candidate>>& lists) const {
  std::vector<std::vector<ItemId>> excluded;
  std::vector<std::span<const ItemId>> seen;
  for (const CandidateQuery& query : queries) excluded.push_back(sorted(query.exclude));
  for (const auto& items : excluded) seen.emplace_back(items);
  lists = exact_->rank(vectors, seen, k, pool).seen_dropped;
}

std::vector<std::vector<Candidate>> EmbeddingIndex::search(std::span<const float> vectors,
                                                           std::span<const CandidateQuery> queries, std::size_t k,
                                                           ThreadPool& pool) const {
  if (vectors.size() != queries.size() * width_) {
    throw usage_error("the vectors of queries do not fit",
                      {.where = "embedding index",
                       .expected = std::to_string(queries.size()) + " rows of " + std::to_string(width_),
                       .got = std::to_string(vectors.size()) + " numbers"});
  }
  std::vector<std::vector<Candidate>> lists(queries.size());
  if (k == 0) return lists;
  if (engine_ == nullptr) search_exactly(vectors, queries, k, pool, lists);
  pool.parallel_for(queries.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto vector = vectors.subspan(i * width_, width_);
      if (!queries[i].candidates.empty()) {
        lists[i] = rank_candidates(vector, queries[i], k);
      } else if (engine_ != nullptr) {
        lists[i] = search_one(vector, queries[i], k);
      }
    }
  });
  return lists;
}

}  // namespace p5
