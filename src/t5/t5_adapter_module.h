// What fine-tuning trains of a T5 (model/adapter_options.h): attached once to a module whose weights are those of the
// base, which stay as they are. Thread-safe once it is made: all const.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/adapter_config.h"
#include "model/adapter_taker.h"
#include "t5/t5_module.h"
#include "t5/t5_spec.h"

namespace p5 {

class T5Adapter {
 public:
  // Freezes what is not trained. REQUIRES a module of adapted_spec(). Throws InvalidArgument (request) where no weight
  // is a target.
  T5Adapter(T5Module& module, const T5Spec& spec, const AdapterOptions& options, AdapterBase base);

  // Whether save() writes an adapter rather than whole weights.
  bool adapts() const { return options_.adapts(); }
  // Gradual unfreezing (Howard and Ruder 2018) and discriminative learning rates: of the module's parameter.
  double learning_rate_share(const std::string& parameter, double progress) const;
  // An adapter of the base (docs/formats.md, "Adapters").
  void save(const std::filesystem::path& folder) const;

 private:
  // A parameter of the module under its name in the file. No view of one: training moves parameters in memory.
  struct Piece {
    std::string name;
    torch::Tensor parameter;
    std::vector<std::int64_t> shape = {};  // in the file; empty: as it is
    bool transposed = false;               // in the file
  };
  void freeze(T5Module& module);
  void add_products(T5Module& module);
  void add_scales(T5Module& module);
  void train_named(T5Module& module, const std::string& part);
  // The parameter that a name of T5Module::weights() is.
  static torch::Tensor parameter_of(T5Module& module, const NamedWeight& weight);
  void begin_prompt(T5Module& module);
  void begin_prefix(T5Module& module);
  void train_token_rows(T5Module& module);
  AdapterConfig config() const;

  const T5Spec spec_;
  const AdapterOptions options_;
  const AdapterBase base_;
  std::vector<Piece> pieces_, own_;
  std::vector<std::int32_t> source_rows_;  // as kSourceRowsName; empty: the vocabularies are equal
};

}  // namespace p5
