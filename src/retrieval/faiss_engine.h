// What p5 uses of the faiss library. The implementation is libp5_faiss.so, opened at first use, so that programs that
// search no index load neither faiss nor its BLAS (base/shared_library.h). Errors of the library are returned as text,
// empty on success. Thread-safe: const.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "retrieval/candidate_source.h"

namespace p5 {

struct FaissSpec {
  enum class Kind { kFlat, kIvf, kHnsw, kIvfPq };
  Kind kind = Kind::kFlat;
  int width = 0;
  int lists = 0;                                // of IVF
  int probes = 0;                               // lists that a search looks at
  int codes = 0;                                // of IVF-PQ: bytes per vector, a divisor of the width
  int links = 0, construction = 0, search = 0;  // of HNSW
  int seed = 0;
  int threads = 1;  // for building
};

class FaissEngine {
 public:
  virtual ~FaissEngine() = default;
  // `items` [item_count, width].
  virtual std::string build(const FaissSpec& spec, std::span<const float> items) = 0;
  virtual std::string load(const FaissSpec& spec, const std::vector<std::uint8_t>& bytes) = 0;
  virtual std::string save(std::vector<std::uint8_t>& bytes) const = 0;
  // The best k of one query [width] that are not excluded, in one thread.
  virtual std::string search(std::span<const float> query, std::size_t k, std::span<const ItemId> exclude,
                             std::vector<Candidate>& found) const = 0;
};

extern "C" {
// The caller owns the engine.
p5::FaissEngine* p5_faiss_make();
}

}  // namespace p5
