#include "t5/int8_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <list>
#include <span>
#include <utility>
#include <vector>

#include "model/checkpoint_weights.h"
#include "nn/int8_rows.h"
#include "p5/error.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

// Rows that matrix products or embeddings read; position biases are added to scores, and prefixes are keys and values.
bool is_stored_in_int8(const ExpectedTensor& tensor) {
  return tensor.shape.size() == 2 && tensor.name.ends_with(".weight") &&
         tensor.name.find("relative_attention_bias") == std::string::npos && tensor.name != kPrefixName;
}

// Records and the memory that they point into, until they are written.
class Int8Writer {
 public:
  explicit Int8Writer(const SafetensorsFile& file) : file_(file) {}

  void add(const ExpectedTensor& tensor) {
    const TensorRecord& record = *file_.find(tensor.name);
    std::vector<float>& values = floats_.emplace_back(static_cast<std::size_t>(record.element_count()));
    copy_as_float(record, values);
    if (!is_stored_in_int8(tensor)) {
      records_.push_back({tensor.name, TensorType::kF32, tensor.shape, std::as_bytes(std::span(values))});
      return;
    }
    const std::int64_t rows = tensor.shape[0], width = tensor.shape[1];
    const Int8Rows& rounded = rows_.emplace_back(ConstMatrix{values.data(), rows, width, width});
    if (std::ranges::any_of(rounded.scales(), [](float scale) { return std::isnan(scale); })) {
      throw model_error("a weight is not a finite number",
                        {.where = fmt::format("{}, tensor {}", file_.path().string(), tensor.name)});
    }
    floats_.pop_back();
    records_.push_back({tensor.name, TensorType::kI8, tensor.shape, std::as_bytes(std::span(rounded.values()))});
    records_.push_back({tensor.name + std::string(kScaleEnding),
                        TensorType::kF32,
                        {rows, 1},
                        std::as_bytes(std::span(rounded.scales()))});
  }

  std::vector<TensorRecord> take() { return std::move(records_); }

 private:
  const SafetensorsFile& file_;
  std::list<std::vector<float>> floats_;
  std::list<Int8Rows> rows_;
  std::vector<TensorRecord> records_;
};

}  // namespace

void require_int8_widths(const T5Spec& spec, const std::string& where) {
  const std::int64_t widest = std::max({spec.d_model, spec.d_ff, spec.num_heads * spec.d_kv, spec.adapter_width});
  if (widest <= kMaxInt8Width) return;
  throw Error(
      ErrorCode::kUnsupported, ErrorSubject::kModel, "the model is too wide for 8-bit integers",
      {.where = where, .expected = fmt::format("widths of at most {}", kMaxInt8Width), .got = std::to_string(widest)});
}

void write_int8_checkpoint(const std::filesystem::path& folder, const T5Spec& spec, const SafetensorsFile& file) {
  require_int8_widths(spec, file.path().string());
  Int8Writer writer(file);
  for (const ExpectedTensor& tensor : expected_tensors(spec)) writer.add(tensor);
  save_checkpoint(folder, spec, writer.take());
}

}  // namespace p5
