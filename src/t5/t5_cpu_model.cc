#include "t5/t5_cpu_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <span>
#include <utility>

#include "model/adapter_weights.h"
#include "model/checkpoint_weights.h"
#include "model/token_batch_check.h"
#include "nn/row_kernels.h"
#include "t5/int8_checkpoint.h"
#include "t5/prompt_tokens.h"
#include "t5/t5_checkpoint.h"
#include "t5/target_runs.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

constexpr std::int64_t kPositions = 384;  // of sources, read together

std::shared_ptr<const T5Engine> make_engine(const T5Spec& spec, const SafetensorsFile& file, MatrixPrecision precision,
                                            const std::shared_ptr<const T5Engine>& base) {
  // What the engine has taken in is not held a second time: floats are read where the file is mapped, and its pages are
  // given back at the next call.
  std::vector<float> values;
  const TensorRecord* last = nullptr;
  const T5Engine::Weights weights = [&](const std::string& name) -> std::span<const float> {
    if (last != nullptr) file.release(*last);
    std::vector<float>().swap(values);
    const TensorRecord* record = last = file.find(name);
    if (record == nullptr) return {};
    const auto count = static_cast<std::size_t>(record->element_count());
    const bool aligned = reinterpret_cast<std::uintptr_t>(record->bytes.data()) % alignof(float) == 0;
    if (record->type == TensorType::kF32 && aligned) {
      return {reinterpret_cast<const float*>(record->bytes.data()), count};
    }
    values.resize(count);
    copy_as_float(*record, values);
    return values;
  };
  const auto has_same = [&](const std::string& name) { return !file.is_put(name) && file.find(name) != nullptr; };
  auto engine = std::make_shared<const T5Engine>(spec, weights, precision, T5Engine::Base{base, has_same});
  if (last != nullptr) file.release(*last);
  return engine;
}

// Matrices that are stored in 8 bits are multiplied so, whatever `device` says of float32 products.
MatrixPrecision precision_of(const T5Spec& spec, const SafetensorsFile& file, const DeviceOptions& device) {
  const bool integers =
      std::ranges::any_of(file.tensors(), [](const auto& entry) { return !entry.second.scales.empty(); });
  if (!integers) return matrix_precision_of(device);
  require_int8_widths(spec, file.path().string());
  return MatrixPrecision::kInt8;
}

// The engine of a base that an adapter shares with other adapters of this process, as long as one of them lives. Null
// where the base is an adapter itself.
std::shared_ptr<const T5Engine> shared_base(const std::filesystem::path& folder, MatrixPrecision precision) {
  if (is_adapter(folder)) return nullptr;
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<const T5Engine>> engines;
  const std::lock_guard lock(mutex);
  // A base that was replaced since is another one.
  std::string key = fmt::format("{} {}", std::filesystem::canonical(folder).string(), static_cast<int>(precision));
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".safetensors") continue;
    key += fmt::format(" {} {}", entry.file_size(), entry.last_write_time().time_since_epoch().count());
  }
  std::weak_ptr<const T5Engine>& known = engines[key];
  std::shared_ptr<const T5Engine> engine = known.lock();
  if (engine == nullptr) {
    const SafetensorsFile file = open_t5_weights(folder);
    const T5Spec spec = spec_of_checkpoint(T5Spec::read_json(config_of(folder)), file);
    if (spec.whole_word_rows > 0 && file.find(kWholeWordName) == nullptr) return nullptr;
    engine = make_engine(spec, file, precision, nullptr);
    known = engine;
  }
  return engine;
}

// -log softmax(states * output^T)[label], [labels], over the whole matrix as it is packed, some rows at a time.
std::vector<float> losses_of(const T5Engine& engine, const std::vector<float>& states,
                             const std::vector<std::int64_t>& labels, ThreadPool& pool) {
  constexpr std::int64_t kMaxLogits = 1 << 20, kMaxRows = 256;
  const std::int64_t rows = static_cast<std::int64_t>(labels.size()), vocab = engine.spec().vocab_size;
  const std::int64_t together = std::clamp<std::int64_t>(kMaxLogits / vocab, 1, kMaxRows);
  std::vector<float> losses(labels.size());
  const auto grain = static_cast<std::size_t>(together);
  pool.parallel_for(labels.size(), grain, [&](std::size_t begin, std::size_t, std::size_t) {
    const MatrixPrecisionScope precision(engine.precision());
    const MatrixSession session;
    LeftFactor left;
    AlignedFloats logits;
    const auto first = static_cast<std::int64_t>(begin);
    const std::int64_t some = std::min(together, rows - first);
    logits.resize(static_cast<std::size_t>(some * vocab));
    left.pack({states.data() + first * engine.spec().d_model, some, engine.spec().d_model, engine.spec().d_model});
    multiply(left, engine.output_factor(), {logits.data(), some, vocab, vocab});
    for (std::int64_t i = 0; i < some; ++i) {
      const float* row = logits.data() + i * vocab;
      const auto at = static_cast<std::size_t>(first + i);
      LogSum sum{-std::numeric_limits<float>::infinity(), 0.0f};
      take_in(sum, row, vocab);
      losses[at] = sum.maximum + std::log(sum.sum) - row[labels[at]];
    }
  });
  return losses;
}

}  // namespace

struct T5CpuModel::Forward {
  Targets targets;
  std::vector<float> encoded;  // [rows, source_length, d_model]; only with SourcePadding::kKeep
  std::vector<float> decoded;  // [rows, target_length, d_model]

  // Those of kept targets, [kept, d_model].
  std::vector<float> kept(std::int64_t d_model) const {
    std::vector<float> states;
    states.reserve(targets.kept.size() * static_cast<std::size_t>(d_model));
    for (const std::int64_t place : targets.kept) {
      const float* from = decoded.data() + place * d_model;
      states.insert(states.end(), from, from + d_model);
    }
    return states;
  }
};

std::unique_ptr<T5CpuModel> T5CpuModel::load(const std::filesystem::path& folder, const DeviceOptions& device) {
  auto file = std::make_shared<const SafetensorsFile>(open_t5_weights(folder));
  const T5Spec spec = spec_of_checkpoint(T5Spec::read_json(config_of(folder)), *file);
  if (spec.whole_word_rows > 0 && file->find(kWholeWordName) == nullptr) return nullptr;
  const MatrixPrecision precision = precision_of(spec, *file, device);
  const auto base = is_adapter(folder) ? shared_base(base_of(folder, AdapterConfig::read(folder)), precision) : nullptr;
  EngineSearch search(make_engine(spec, *file, precision, base), device.threads);
  return std::unique_ptr<T5CpuModel>(new T5CpuModel(spec, std::move(file), std::move(search), device.threads));
}

T5CpuModel::T5CpuModel(T5Spec spec, std::shared_ptr<const SafetensorsFile> file, EngineSearch search,
                       std::int64_t threads)
    : spec_(std::move(spec)), file_(std::move(file)), threads_(threads), search_(std::move(search)) {}

std::unique_ptr<SequenceModel> T5CpuModel::replica() const {
  return std::unique_ptr<SequenceModel>(new T5CpuModel(spec_, file_, search_.replica(), threads_));
}

ThreadPool& T5CpuModel::pool() {
  if (!pool_) {
    pool_.emplace(static_cast<std::size_t>(threads_));
    workspaces_ = std::vector<T5Engine::Workspace>(pool_->size());
  }
  return *pool_;
}

T5CpuModel::Forward T5CpuModel::forward(const TokenBatch& asked, SourcePadding padding) {
  check_sources(asked, spec_);
  check_targets(asked, spec_);
  const TokenBatch prompted = has_prompt_tokens(spec_) ? with_prompt_tokens(asked, spec_) : TokenBatch();
  const TokenBatch& batch = has_prompt_tokens(spec_) ? prompted : asked;
  Forward result;
  result.targets = targets_of(batch, padded_targets(batch));
  const auto d_model = static_cast<std::size_t>(spec_.d_model);
  const std::size_t read = static_cast<std::size_t>(batch.source_length) * d_model;
  const auto length = static_cast<std::size_t>(batch.target_length);
  const std::vector<SourceChunk> chunks = source_chunks(batch, padding, kPositions);
  if (padding == SourcePadding::kKeep) result.encoded.resize(static_cast<std::size_t>(batch.rows) * read);
  result.decoded.resize(result.targets.input.size() * d_model);
  pool().parallel_for(chunks.size(), 1, [&](std::size_t first, std::size_t last, std::size_t worker) {
    T5Engine::Workspace& workspace = workspaces_[worker];
    for (std::size_t i = first; i < last; ++i) {
      std::vector<TokenId> input;
      for (const std::int32_t row : chunks[i].rows) {
        const auto from =
            result.targets.input.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(row) * length);
        input.insert(input.end(), from, from + static_cast<std::ptrdiff_t>(length));
      }
      search_.engine().encode(batch, chunks[i], workspace);
      search_.engine().decode(input, chunks[i], workspace);
      for (std::size_t at = 0; at < chunks[i].rows.size(); ++at) {
        const auto row = static_cast<std::size_t>(chunks[i].rows[at]);
        std::copy_n(workspace.decoded.data() + at * length * d_model, length * d_model,
                    result.decoded.data() + row * length * d_model);
        if (padding == SourcePadding::kKeep) {
          std::copy_n(workspace.encoded.data() + at * read, read, result.encoded.data() + row * read);
        }
      }
    }
  });
  return result;
}

LogitsResult T5CpuModel::logits(const TokenBatch& batch) {
  const Forward states = forward(batch, SourcePadding::kKeep);
  const T5Engine& engine = search_.engine();
  double sum = 0.0;
  for (const float loss : losses_of(engine, states.kept(spec_.d_model), states.targets.label, pool())) sum += loss;
  LogitsResult result;
  result.loss = sum / static_cast<double>(states.targets.label.size());
  const MatrixPrecisionScope precision(engine.precision());
  const auto positions = static_cast<std::int64_t>(states.targets.input.size());
  result.logits.resize(static_cast<std::size_t>(positions * spec_.vocab_size));
  LeftFactor left;
  left.pack({states.decoded.data(), positions, spec_.d_model, spec_.d_model});
  multiply(left, engine.output_factor(), {result.logits.data(), positions, spec_.vocab_size, spec_.vocab_size});
  result.encoder_states = states.encoded;
  return result;
}

std::vector<float> T5CpuModel::score_targets(const TokenBatch& batch) {
  const Forward states = forward(batch, SourcePadding::kSkip);
  const std::vector<float> losses =
      losses_of(search_.engine(), states.kept(spec_.d_model), states.targets.label, pool());
  std::vector<float> scores(static_cast<std::size_t>(batch.rows), 0.0f);
  for (std::size_t i = 0; i < losses.size(); ++i) scores[static_cast<std::size_t>(states.targets.row[i])] -= losses[i];
  return scores;
}

void T5CpuModel::save(const std::filesystem::path& folder) const { write_float_checkpoint(folder, spec_, *file_); }

}  // namespace p5
