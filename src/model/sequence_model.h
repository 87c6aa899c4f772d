// The torch-free handle of a sequence-to-sequence model. On the CPU trained weights answer without libtorch
// (t5/t5_cpu_model.h); for training and for GPUs the body lives behind the wall in libp5_torch.so, which is
// loaded at the first use. One object serves one caller at a time; replica() gives every further caller one of its own.
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
  // Another handle on the same weights, with working memory and threads of its own, for one more caller; it may outlive
  // this one. Several threads may ask for replicas at once while nobody trains the weights or changes them.
  virtual std::unique_ptr<SequenceModel> replica() const = 0;
};

// What a model can do beyond that is an interface of its own, which its class also implements: TextGenerator,
// LogitsReader, and for training TrainableModel (model/trainable_module.h). Throws Unsupported (model) for one that
// cannot do it.
template <typename Ability>
Ability& ability_of(SequenceModel& model) {
  if (auto* ability = dynamic_cast<Ability*>(&model)) return *ability;
  throw Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "this model cannot do what it is asked for",
              {.expected = std::string("a model that can ") + Ability::kWhat,
               .got = std::string(model.spec().model_type())});
}

}  // namespace p5
