// libp5_faiss.so: the only code that sees the faiss library.
#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexIVFPQ.h>
#include <faiss/impl/IDSelector.h>
#include <faiss/impl/io.h>
#include <faiss/index_io.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>

#include "retrieval/faiss_engine.h"

// Of the OpenMP that faiss is linked with. The number is of the calling thread alone.
extern "C" void omp_set_num_threads(int);
extern "C" int omp_get_max_threads();

namespace p5 {
namespace {

template <typename Call>
std::string complaint_of(const Call& call) {
  try {
    call();
    return {};
  } catch (const std::bad_alloc&) {
    throw;  // of the machine, not of the request
  } catch (const std::exception& error) {
    return error.what();
  }
}

class OmpThreads {
 public:
  explicit OmpThreads(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(std::max(threads, 1)); }
  ~OmpThreads() { omp_set_num_threads(before_); }
  OmpThreads(const OmpThreads&) = delete;
  OmpThreads& operator=(const OmpThreads&) = delete;

 private:
  int before_;
};

// All items but some, which are ascending.
struct NotAmong final : faiss::IDSelector {
  explicit NotAmong(std::span<const ItemId> items) : excluded(items) {}
  bool is_member(std::int64_t id) const override {
    return !std::binary_search(excluded.begin(), excluded.end(), static_cast<ItemId>(id));
  }
  std::span<const ItemId> excluded;
};

class Engine final : public FaissEngine {
 public:
  std::string build(const FaissSpec& spec, std::span<const float> items) override {
    return complaint_of([&] {
      const OmpThreads threads(spec.threads);
      spec_ = spec;
      const auto count = static_cast<std::int64_t>(items.size() / static_cast<std::size_t>(spec.width));
      index_ = make(spec, count);
      index_->train(count, items.data());
      index_->add(count, items.data());
      open_probe();
    });
  }

  std::string load(const FaissSpec& spec, const std::vector<std::uint8_t>& bytes) override {
    return complaint_of([&] {
      spec_ = spec;
      faiss::VectorIOReader reader;
      reader.data = bytes;
      index_.reset(faiss::read_index(&reader));
      open_probe();
    });
  }

  std::string save(std::vector<std::uint8_t>& bytes) const override {
    return complaint_of([&] {
      faiss::VectorIOWriter writer;
      faiss::write_index(index_.get(), &writer);
      bytes = std::move(writer.data);
    });
  }

  std::string search(std::span<const float> query, std::size_t k, std::span<const ItemId> exclude,
                     std::vector<Candidate>& found) const override {
    return complaint_of([&] {
      const OmpThreads one(1);
      // This HNSW knows no selectors: it is asked for as many more as are excluded.
      const bool selects = spec_.kind != FaissSpec::Kind::kHnsw;
      const std::size_t asked =
          std::min<std::size_t>(selects ? k : k + exclude.size(), static_cast<std::size_t>(index_->ntotal));
      std::vector<float> scores(asked);
      std::vector<std::int64_t> ids(asked);
      NotAmong allowed(exclude);
      search(query, asked, exclude.empty() || !selects ? nullptr : &allowed, scores.data(), ids.data());
      found.clear();
      for (std::size_t i = 0; i < asked && found.size() < k; ++i) {
        if (ids[i] < 0 || !allowed.is_member(ids[i])) continue;  // a place that no item took is -1
        found.push_back({.item = static_cast<ItemId>(ids[i]), .score = scores[i]});
      }
    });
  }

 private:
  static std::unique_ptr<faiss::Index> make(const FaissSpec& spec, std::int64_t items) {
    switch (spec.kind) {
      case FaissSpec::Kind::kFlat:
        return std::make_unique<faiss::IndexFlatIP>(spec.width);
      case FaissSpec::Kind::kIvf: {
        auto index = std::make_unique<faiss::IndexIVFFlat>(new faiss::IndexFlatIP(spec.width), spec.width, spec.lists,
                                                           faiss::METRIC_INNER_PRODUCT);
        index->own_fields = true;
        index->cp.seed = spec.seed;
        return index;
      }
      case FaissSpec::Kind::kIvfPq:
        return make_ivfpq(spec, items);
      case FaissSpec::Kind::kHnsw: {
        auto index = std::make_unique<faiss::IndexHNSWFlat>(spec.width, spec.links, faiss::METRIC_INNER_PRODUCT);
        index->hnsw.efConstruction = spec.construction;
        return index;
      }
    }
    return nullptr;
  }

  // Clusters of vectors near each other, by their distance: what is left of a vector after its cluster's center, which
  // is what codes say, is then short. Searches look into lists by `probe_`.
  static std::unique_ptr<faiss::Index> make_ivfpq(const FaissSpec& spec, std::int64_t items) {
    constexpr int kSample = 64;  // vectors per cluster that clusters are learned from
    // A byte has 256 codes, which fewer vectors cannot teach.
    const int bits = std::clamp(static_cast<int>(std::bit_width(static_cast<std::uint64_t>(items))) - 1, 1, 8);
    auto index = std::make_unique<faiss::IndexIVFPQ>(new faiss::IndexFlatL2(spec.width), spec.width, spec.lists,
                                                     spec.codes, bits, faiss::METRIC_INNER_PRODUCT);
    index->own_fields = true;
    index->cp.seed = spec.seed;
    index->cp.min_points_per_centroid = 1;  // no warnings on stderr
    index->cp.max_points_per_centroid = kSample;
    index->pq.cp.seed = spec.seed;
    index->pq.cp.min_points_per_centroid = 1;
    return index;
  }

  // A center is the mean of its list, so its inner product with a query is the mean of theirs.
  void open_probe() {
    if (spec_.kind != FaissSpec::Kind::kIvfPq) return;
    const auto& coded = dynamic_cast<const faiss::IndexIVFPQ&>(*index_);
    probe_ = std::make_unique<faiss::IndexFlatIP>(coded.d);
    probe_->add(coded.quantizer->ntotal, dynamic_cast<const faiss::IndexFlat&>(*coded.quantizer).get_xb());
  }

  void search_lists(std::span<const float> query, std::int64_t k, const faiss::SearchParametersIVF& parameters,
                    float* scores, std::int64_t* ids) const {
    const auto probes = static_cast<std::int64_t>(parameters.nprobe);
    std::vector<float> means(parameters.nprobe);
    std::vector<std::int64_t> lists(parameters.nprobe);
    probe_->search(1, query.data(), probes, means.data(), lists.data());
    dynamic_cast<const faiss::IndexIVFPQ&>(*index_).search_preassigned(1, query.data(), k, lists.data(), means.data(),
                                                                       scores, ids, false, &parameters);
  }

  void search(std::span<const float> query, std::size_t k, faiss::IDSelector* allowed, float* scores,
              std::int64_t* ids) const {
    const auto count = static_cast<std::int64_t>(k);
    if (spec_.kind == FaissSpec::Kind::kIvf || spec_.kind == FaissSpec::Kind::kIvfPq) {
      faiss::SearchParametersIVF parameters;
      parameters.nprobe = static_cast<std::size_t>(spec_.probes);
      parameters.sel = allowed;
      if (probe_ != nullptr) return search_lists(query, count, parameters, scores, ids);
      index_->search(1, query.data(), count, scores, ids, &parameters);
    } else if (spec_.kind == FaissSpec::Kind::kHnsw) {
      faiss::SearchParametersHNSW parameters;
      parameters.efSearch = std::max(spec_.search, static_cast<int>(k));
      index_->search(1, query.data(), count, scores, ids, &parameters);
    } else {
      faiss::SearchParameters parameters;
      parameters.sel = allowed;
      index_->search(1, query.data(), count, scores, ids, &parameters);
    }
  }

  FaissSpec spec_;
  std::unique_ptr<faiss::Index> index_;
  std::unique_ptr<faiss::IndexFlatIP> probe_;  // of IVF-PQ: the centers of its lists
};

}  // namespace

FaissEngine* p5_faiss_make() { return new Engine(); }

}  // namespace p5
