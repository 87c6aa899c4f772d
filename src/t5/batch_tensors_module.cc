#include "t5/batch_tensors_module.h"

#include <algorithm>

#include "model/token_batch_check.h"
#include "t5/prompt_tokens.h"
#include "t5/target_runs.h"

namespace p5 {
namespace {

// The cost of one more run, in tokens: a chunk of rows that is not full on the CPU, kernel launches on a GPU.
std::int64_t price_of_run(torch::Device device) { return device.is_cpu() ? 16 : 512; }

torch::Tensor matrix_of_ids(const std::vector<std::int32_t>& ids, std::int64_t rows, torch::Device device) {
  const std::int64_t columns = static_cast<std::int64_t>(ids.size()) / rows;
  return torch::from_blob(const_cast<std::int32_t*>(ids.data()), {rows, columns}, torch::kInt).to(device, torch::kLong);
}

}  // namespace

SourceTensors source_tensors(const TokenBatch& asked, const T5Spec& spec, torch::Device device) {
  check_sources(asked, spec);
  const TokenBatch prompted = has_prompt_tokens(spec) ? with_prompt_tokens(asked, spec) : TokenBatch();
  const TokenBatch& batch = has_prompt_tokens(spec) ? prompted : asked;
  SourceTensors tensors;
  tensors.tokens = matrix_of_ids(batch.source, batch.rows, device);
  if (reads_whole_words(batch, spec)) tensors.whole_word = matrix_of_ids(batch.whole_word, batch.rows, device);
  if (std::find(batch.source_mask.begin(), batch.source_mask.end(), 0) != batch.source_mask.end()) {
    tensors.mask = torch::from_blob(const_cast<std::uint8_t*>(batch.source_mask.data()),
                                    {batch.rows, batch.source_length}, torch::kByte)
                       .to(device, torch::kFloat);
  }
  return tensors;
}

TargetTensors target_tensors(const TokenBatch& batch, const T5Spec& spec, torch::Device device, TargetPadding padding) {
  check_targets(batch, spec);
  const SequenceRuns runs =
      padding == TargetPadding::kByRun ? target_runs(batch, price_of_run(device)) : padded_targets(batch);
  const Targets targets = targets_of(batch, runs);
  const auto on_device = [&](const auto& values) { return torch::tensor(values).to(device); };
  return {on_device(targets.input).to(torch::kLong),
          runs,
          on_device(targets.kept),
          on_device(targets.label),
          on_device(targets.row),
          on_device(targets.count)};
}

torch::Tensor row_weights(const TokenBatch& batch, torch::Device device) {
  if (batch.row_weight.empty()) return {};
  check_row_weights(batch);
  return torch::tensor(batch.row_weight).to(device);
}

}  // namespace p5
