#include "model/batch_tensors_module.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "p5/error.h"

namespace p5 {
namespace {

void require_size(std::string_view field, std::size_t got, std::size_t expected) {
  if (got == expected) return;
  throw usage_error("a token batch whose parts disagree", {.where = fmt::format("TokenBatch::{}", field),
                                                           .expected = fmt::format("{} values", expected),
                                                           .got = std::to_string(got)});
}

void require_below(std::string_view field, const std::vector<std::int32_t>& ids, std::int64_t bound) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= 0 && ids[i] < bound) continue;
    throw usage_error("a token batch with an id that the model does not know",
                      {.where = fmt::format("TokenBatch::{}[{}]", field, i),
                       .expected = fmt::format("0 to {}", bound - 1),
                       .got = std::to_string(ids[i])});
  }
}

torch::Tensor matrix_of_ids(const std::vector<std::int32_t>& ids, std::int64_t rows, torch::Device device) {
  const std::int64_t columns = static_cast<std::int64_t>(ids.size()) / rows;
  return torch::from_blob(const_cast<std::int32_t*>(ids.data()), {rows, columns}, torch::kInt).to(device, torch::kLong);
}

}  // namespace

SourceTensors source_tensors(const TokenBatch& batch, const ModelSpec& spec, torch::Device device) {
  if (batch.rows <= 0 || batch.source_length <= 0) {
    throw usage_error("an empty token batch", {.where = "", .expected = "rows and source tokens", .got = "none"});
  }
  const std::size_t cells = static_cast<std::size_t>(batch.rows) * static_cast<std::size_t>(batch.source_length);
  require_size("source", batch.source.size(), cells);
  require_size("source_mask", batch.source_mask.size(), cells);
  require_below("source", batch.source, spec.vocab_size);
  SourceTensors tensors;
  tensors.tokens = matrix_of_ids(batch.source, batch.rows, device);
  if (!batch.whole_word.empty() && spec.whole_word_rows > 0) {
    require_size("whole_word", batch.whole_word.size(), cells);
    require_below("whole_word", batch.whole_word, spec.whole_word_rows);
    tensors.whole_word = matrix_of_ids(batch.whole_word, batch.rows, device);
  }
  if (std::find(batch.source_mask.begin(), batch.source_mask.end(), 0) != batch.source_mask.end()) {
    tensors.mask = torch::from_blob(const_cast<std::uint8_t*>(batch.source_mask.data()),
                                    {batch.rows, batch.source_length}, torch::kByte)
                       .to(device, torch::kFloat);
  }
  return tensors;
}

TargetTensors target_tensors(const TokenBatch& batch, const ModelSpec& spec, torch::Device device) {
  const std::size_t length = static_cast<std::size_t>(std::max(batch.target_length, 0));
  const std::size_t cells = static_cast<std::size_t>(batch.rows) * length;
  require_size("target", batch.target.size(), cells);
  require_size("target_mask", batch.target_mask.size(), cells);
  require_below("target", batch.target, spec.vocab_size);
  if (!batch.decoder_input.empty()) {
    require_size("decoder_input", batch.decoder_input.size(), cells);
    require_below("decoder_input", batch.decoder_input, spec.vocab_size);
  }
  std::vector<std::int32_t> input(cells, kPadToken);
  std::vector<std::int64_t> kept, labels, row;
  std::vector<float> counts(static_cast<std::size_t>(batch.rows), 0.0f);
  for (std::size_t i = 0; i < cells; ++i) {
    // T5 starts with the padding token; behind it stands the target, one place late.
    if (!batch.decoder_input.empty()) {
      input[i] = batch.decoder_input[i];
    } else if (i % length != 0) {
      input[i] = batch.target[i - 1];
    }
    if (batch.target_mask[i] == 0) continue;
    kept.push_back(static_cast<std::int64_t>(i));
    labels.push_back(batch.target[i]);
    row.push_back(static_cast<std::int64_t>(i / length));
    counts[i / length] += 1.0f;
  }
  if (kept.empty()) {
    throw usage_error("a token batch without targets",
                      {.where = "TokenBatch::target_mask", .expected = "a kept token", .got = "none"});
  }
  const auto on_device = [&](const auto& values) { return torch::tensor(values).to(device); };
  return {matrix_of_ids(input, batch.rows, device), on_device(kept), on_device(labels), on_device(row),
          on_device(counts)};
}

torch::Tensor row_weights(const TokenBatch& batch, torch::Device device) {
  if (batch.row_weight.empty()) return {};
  require_size("row_weight", batch.row_weight.size(), static_cast<std::size_t>(batch.rows));
  for (std::size_t row = 0; row < batch.row_weight.size(); ++row) {
    if (std::isfinite(batch.row_weight[row]) && batch.row_weight[row] >= 0.0f) continue;
    throw usage_error("a token batch with a bad weight", {.where = fmt::format("TokenBatch::row_weight[{}]", row),
                                                          .expected = "a finite number from 0",
                                                          .got = std::to_string(batch.row_weight[row])});
  }
  return torch::tensor(batch.row_weight).to(device);
}

}  // namespace p5
