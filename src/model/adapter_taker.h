// The ability of a model to be fine-tuned by an adapter: few trained numbers beside weights that stay as they are. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "model/adapter_options.h"

namespace p5 {

// Where the weights that a model now has came from.
struct AdapterBase {
  std::filesystem::path folder;           // of its weights; empty: they were fresh
  std::vector<std::int32_t> source_rows;  // [vocabulary] the row of each token there, -1: a new one; empty: equal
};

class AdapterTaker {
 public:
  static constexpr const char* kWhat = "be fine-tuned";
  virtual ~AdapterTaker() = default;
  // From now on only what the options name is trained, and save() writes an adapter of the base where
  // options.adapts(). Called once, after the weights of the base were taken. Throws InvalidArgument (request) where the
  // model has none of the targets.
  virtual void adapt(const AdapterOptions& options, const AdapterBase& base) = 0;
  struct Size {
    std::int64_t trained = 0, all = 0;  // weights
  };
  virtual Size adapter_size() const = 0;
};

}  // namespace p5
