// The torch-free handle of a sequence-to-sequence model. On the CPU trained weights answer without libtorch
// (t5/t5_cpu_model.h). For training and for GPUs the implementation is in libp5_torch.so, which is loaded at the first
// use. One object serves one caller at a time; replica() gives every further caller its own.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "model/model_spec.h"
#include "p5/error.h"

namespace p5 {

class SequenceModel {
 public:
  virtual ~SequenceModel() = default;
  virtual const ModelSpec& spec() const = 0;
  virtual std::string device() const = 0;
  // config.json and model.safetensors in Hugging Face's layout.
  virtual void save(const std::filesystem::path& folder) const = 0;
  // Another handle on the same weights, with its own working memory and threads, for one more caller; it may outlive
  // this one. Several threads may call replica() at once while nobody trains or changes the weights.
  virtual std::unique_ptr<SequenceModel> replica() const = 0;
};

// Further abilities of a model are separate interfaces, which its class also implements: TextGenerator, LogitsReader,
// and for training TrainableModel (model/trainable_module.h). Throws Unsupported (model) for a model without the
// ability.
template <typename Ability>
Ability& ability_of(SequenceModel& model) {
  if (auto* ability = dynamic_cast<Ability*>(&model)) return *ability;
  throw Error(
      ErrorCode::kUnsupported, ErrorSubject::kModel, "the model does not support this operation",
      {.expected = std::string("a model that can ") + Ability::kWhat, .got = std::string(model.spec().model_type())});
}

}  // namespace p5
