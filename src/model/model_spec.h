// What every architecture says about the shape of its models. A value, of a class per architecture (t5/t5_spec.h);
// thread-safe as values are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace p5 {

// The least number of bytes that training takes, by formula: nothing is allocated to find out. Doubles, because the
// sizes in question may be absurd.
struct TrainingMemory {
  double state = 0;        // weights, their gradient, the optimizer's buffers and the best weights so far
  double activations = 0;  // of one batch
  double total() const { return state + activations; }
};

struct ModelSpec {
  virtual ~ModelSpec() = default;

  std::int64_t vocab_size = 0;       // tokens of the vocabulary
  std::int64_t whole_word_rows = 0;  // P5's whole-word table: the numbers a source may use; 0 = none

  // As in config.json and in the list of architectures (architectures/architecture_list.h).
  virtual std::string_view model_type() const = 0;
  // Values of all tensors in a checkpoint of this shape, by formula.
  virtual std::int64_t parameter_count() const = 0;
  // `optimizer_buffers`: values that the optimizer keeps per weight (adam 2, sgd 1).
  virtual TrainingMemory training_memory(std::int64_t optimizer_buffers, std::int64_t batch_tokens) const = 0;
  virtual void write_json(const std::filesystem::path& config_json) const = 0;
};

}  // namespace p5
