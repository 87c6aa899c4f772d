#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <mutex>

#include "base/file.h"
#include "model/safetensors.h"
#include "p5/error.h"
#include "train/checkpoint_tensors_module.h"

namespace p5 {
namespace {

std::span<const std::byte> bytes_of(const torch::Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.data_ptr()), static_cast<std::size_t>(tensor.nbytes())};
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("F32 [{}]", fmt::join(shape, ", "));
}

const TensorRecord& require_record(const SafetensorsFile& file, const std::string& name,
                                   const std::vector<std::int64_t>& shape) {
  const TensorRecord* record = file.find(name);
  if (record == nullptr || record->type != TensorType::kF32 || record->shape != shape) {
    throw model_error(
        "the checkpoint is of another model",
        {.where = fmt::format("{}: {}", file.path().string(), name),
         .expected = shape_text(shape),
         .got = record == nullptr ? "no such tensor"
                                  : fmt::format("{} [{}]", name_of(record->type), fmt::join(record->shape, ", "))});
  }
  return *record;
}

void load_own_rows(const SafetensorsFile& source, const std::string& name, const ShardedRows& rows,
                   const torch::Tensor& own) {
  const std::size_t width = static_cast<std::size_t>(own.size(1)) * sizeof(float);
  const TensorRecord& record = require_record(source, name, {rows.rows(), own.size(1)});
  torch::Tensor staged = torch::empty(own.sizes(), torch::kFloat32);
  auto* to = static_cast<std::byte*>(staged.data_ptr());
  for (std::int64_t row = rows.first(); row < rows.rows(); row += rows.stride(), to += width) {
    std::memcpy(to, record.bytes.data() + static_cast<std::size_t>(row) * width, width);
  }
  own.copy_(staged);
}

at::Generator default_generator(torch::Device device) { return at::globalContext().defaultGenerator(device); }

}  // namespace

void save_tensors(const std::filesystem::path& file, const NamedTensors& tensors) {
  std::vector<TensorRecord> records;
  for (const auto& [name, tensor] : tensors) {
    records.push_back({name, TensorType::kF32, tensor.sizes().vec(), bytes_of(tensor)});
  }
  write_safetensors(file, std::move(records));
}

void load_tensors(const CheckpointFile& file, const NamedTensors& tensors, const ShardedTensor* sharded) {
  const torch::NoGradGuard no_gradient;
  const SafetensorsFile source(file.path, file.content);
  if (source.tensors().size() != tensors.size()) {
    throw model_error("the checkpoint is of another model", {.where = file.path.string(),
                                                             .expected = fmt::format("{} tensors", tensors.size()),
                                                             .got = fmt::format("{}", source.tensors().size())});
  }
  for (const auto& [name, tensor] : tensors) {
    if (sharded != nullptr && (name == sharded->name || name.ends_with("/" + sharded->name))) {
      load_own_rows(source, name, sharded->rows, tensor);
      continue;
    }
    torch::Tensor staged = torch::empty(tensor.sizes(), torch::kFloat32);
    copy_as_float(require_record(source, name, tensor.sizes().vec()),
                  {staged.data_ptr<float>(), static_cast<std::size_t>(staged.numel())});
    tensor.copy_(staged);
  }
}

std::string generator_state(torch::Device device) {
  at::Generator generator = default_generator(device);
  const std::lock_guard lock(generator.mutex());
  const torch::Tensor state = generator.get_state();
  return {static_cast<const char*>(state.data_ptr()), static_cast<std::size_t>(state.nbytes())};
}

void set_generator_state(torch::Device device, const CheckpointFile& file) {
  std::string bytes(file.text());
  at::Generator generator = default_generator(device);
  const std::lock_guard lock(generator.mutex());
  try {
    generator.set_state(
        torch::from_blob(bytes.data(), {static_cast<std::int64_t>(bytes.size())}, torch::kUInt8).clone());
  } catch (const c10::Error& error) {
    throw model_error("the state of the random generator does not fit this LibTorch",
                      {.where = file.path.string(),
                       .expected = "a state of the same version",
                       .got = error.what_without_backtrace()});
  }
}

}  // namespace p5
