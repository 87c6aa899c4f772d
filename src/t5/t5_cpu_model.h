// A T5 for evaluation on the CPU, without libtorch: what load_sequence_model() opens where no GPU is. One object serves
// one caller at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "model/device_options.h"
#include "model/logits_reader.h"
#include "model/safetensors.h"
#include "model/sequence_model.h"
#include "model/text_generator.h"
#include "t5/engine_search.h"
#include "t5/t5_engine.h"

namespace p5 {

class T5CpuModel final : public SequenceModel, public TextGenerator, public LogitsReader {
 public:
  // Weights and config.json of a folder. Null when config.json asks for a whole-word table that the weights lack: the
  // table is then initialised, which needs libtorch. Throws Corrupted or NotFound (model).
  static std::unique_ptr<T5CpuModel> load(const std::filesystem::path& folder, const DeviceOptions& device);

  const T5Spec& spec() const override { return spec_; }
  std::string device() const override { return "cpu"; }
  std::unique_ptr<NextTokenScorer> start(const TokenBatch& sources) override { return search_.start(sources); }
  LogitsResult logits(const TokenBatch& batch) override;
  std::vector<float> score_targets(const TokenBatch& batch) override;
  void save(const std::filesystem::path& folder) const override;
  std::unique_ptr<SequenceModel> replica() const override;

 private:
  T5CpuModel(T5Spec spec, std::shared_ptr<const SafetensorsFile> file, EngineSearch search, std::int64_t threads);
  struct Forward;
  // Encoder and decoder over the whole batch, teacher-forced.
  Forward forward(const TokenBatch& batch, SourcePadding padding);
  ThreadPool& pool();

  T5Spec spec_;
  std::shared_ptr<const SafetensorsFile> file_;  // what save() writes back
  std::int64_t threads_;
  EngineSearch search_;
  std::optional<ThreadPool> pool_;
  std::vector<T5Engine::Workspace> workspaces_;  // one per thread
};

}  // namespace p5
