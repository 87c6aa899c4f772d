#include "model/adapter_weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
#include "model/checkpoint_weights.h"
#include "p5/error.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPeftPrefix = "base_model.model.";
constexpr std::string_view kPromptEmbeddings = "prompt_embeddings";
constexpr const char* kPromptTensor = "encoder.prompt_embeddings.weight";
constexpr const char* kPrefixTensor = "prefix_embeddings.weight";

std::string shape_text(const std::vector<std::int64_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

Error misfit(const SafetensorsFile& file, std::string_view tensor, std::string expected, std::string got) {
  return model_error("the adapter does not fit its base",
                     {.where = fmt::format("{}, tensor {}", file.path().string(), tensor),
                      .expected = std::move(expected),
                      .got = std::move(got)});
}

std::vector<float> floats_of(const TensorRecord& record) {
  std::vector<float> values(static_cast<std::size_t>(record.element_count()));
  copy_as_float(record, values);
  return values;
}

// The base's tensors on their way to being the adapted model's.
class Merger {
 public:
  Merger(SafetensorsFile base, const SafetensorsFile& adapter, const AdapterConfig& config)
      : base_(std::move(base)), adapter_(adapter), config_(config) {}

  // Tables over the base's vocabulary become tables over the adapter's: first, because changes are of those.
  void map_rows(const SafetensorsFile& own) {
    const TensorRecord* const rows = own.find(kSourceRowsName);
    if (rows == nullptr) return;
    const std::vector<float> sources = floats_of(*rows);  // exact: below 2^24 by ModelSpec's limits
    for (const auto& [name, record] : own.tensors()) {
      if (name.starts_with(kRowsPrefix)) map_table(own, name.substr(std::strlen(kRowsPrefix)), sources, record);
    }
  }

  void replace_own(const SafetensorsFile& own) {
    for (const auto& [name, record] : own.tensors()) {
      if (name != kSourceRowsName && !name.starts_with(kRowsPrefix)) base_.put(name, record.shape, floats_of(record));
    }
  }

  void change() {
    for (const auto& [name, record] : adapter_.tensors()) {
      if (name == kPromptEmbeddings) {
        add_prompt(record);
      } else if (!name.starts_with(kPeftPrefix)) {
        base_.put(name, record.shape, floats_of(record));  // a whole tensor of a method that PEFT lacks
      } else {
        change_module(std::string_view(name).substr(kPeftPrefix.size()), record);
      }
    }
  }

  SafetensorsFile take() { return std::move(base_); }

 private:
  void map_table(const SafetensorsFile& own, const std::string& table, const std::vector<float>& sources,
                 const TensorRecord& fresh) {
    const TensorRecord& before = base_tensor(own, kRowsPrefix + table, table);
    if (before.shape.size() != 2 || fresh.shape.size() != 2 || fresh.shape[1] != before.shape[1]) {
      throw misfit(own, kRowsPrefix + table, shape_text({-1, before.shape.back()}), shape_text(fresh.shape));
    }
    const auto width = static_cast<std::size_t>(before.shape[1]);
    const std::vector<float> old = floats_of(before), added = floats_of(fresh);
    std::vector<float> values(sources.size() * width);
    std::size_t used = 0;
    for (std::size_t row = 0; row < sources.size(); ++row) {
      const bool is_new = sources[row] < 0;
      const std::size_t from = (is_new ? used++ : static_cast<std::size_t>(sources[row])) * width;
      const std::vector<float>& all = is_new ? added : old;
      if (from + width > all.size()) {
        throw misfit(own, kSourceRowsName, fmt::format("rows of {} below {}", table, all.size() / width),
                     fmt::format("{:.0f} at {}", sources[row], row));
      }
      std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(from), width,
                  values.begin() + static_cast<std::ptrdiff_t>(row * width));
    }
    base_.put(table, {static_cast<std::int64_t>(sources.size()), before.shape[1]}, std::move(values));
  }

  const TensorRecord& base_tensor(const SafetensorsFile& asking, std::string_view tensor, const std::string& name) {
    const TensorRecord* record = base_.find(name);
    if (record == nullptr) throw misfit(asking, tensor, "the base to have a tensor " + name, "none");
    return *record;
  }

  // "encoder...q.lora_A.weight" and the like, with PEFT's name of an adapter in it or not.
  void change_module(std::string_view key, const TensorRecord& record) {
    for (const std::string_view part : {".lora_A", ".lora_embedding_A"}) {
      if (const std::size_t at = key.find(part); at != std::string_view::npos)
        return add_product(key, at, part, record);
    }
    if (key.find(".lora_B") != std::string_view::npos || key.find(".lora_embedding_B") != std::string_view::npos) {
      return;  // with its A
    }
    if (const std::size_t at = key.find(".ia3_l"); at != std::string_view::npos) {
      return scale(std::string(key.substr(0, at)), record);
    }
    if (const std::size_t at = key.find(".ln_tuning_layers"); at != std::string_view::npos) {
      const std::string name = std::string(key.substr(0, at)) + ".weight";
      if (const TensorRecord& before = base_tensor(adapter_, record.name, name); before.shape != record.shape) {
        throw misfit(adapter_, record.name, shape_text(before.shape), shape_text(record.shape));
      }
      return base_.put(name, record.shape, floats_of(record));
    }
    throw misfit(adapter_, record.name, "tensors of " + config_.type, "this one");
  }

  // W + s B A; of embeddings, whose A and B are those of the transposed table, W + s (B A)^T.
  void add_product(std::string_view key, std::size_t at, std::string_view part, const TensorRecord& a) {
    const bool embedding = part == ".lora_embedding_A";
    const std::string module(key.substr(0, at)), name = module + ".weight";
    std::string other = a.name;
    other[other.rfind("_A") + 1] = 'B';
    const TensorRecord* const b = adapter_.find(other);
    if (b == nullptr) throw misfit(adapter_, a.name, "a tensor " + other + " beside it", "none");
    const TensorRecord& before = base_tensor(adapter_, a.name, name);
    const std::int64_t rows = before.shape.front(), columns = before.shape.back();
    const std::int64_t rank = a.shape.empty() ? 0 : a.shape.front();
    const std::vector<std::int64_t> wanted_a = {rank, embedding ? rows : columns};
    const std::vector<std::int64_t> wanted_b = {embedding ? columns : rows, rank};
    if (rank < 1 || a.shape != wanted_a) throw misfit(adapter_, a.name, shape_text(wanted_a), shape_text(a.shape));
    if (b->shape != wanted_b) throw misfit(adapter_, other, shape_text(wanted_b), shape_text(b->shape));
    std::vector<float> values = floats_of(before);
    const std::vector<float> left = embedding ? transposed(floats_of(a), rank, rows) : floats_of(*b);
    const std::vector<float> right = embedding ? transposed(floats_of(*b), columns, rank) : floats_of(a);
    const auto scale = static_cast<float>(config_.scale_of(module, rank));
    const auto width = static_cast<std::size_t>(columns), inner = static_cast<std::size_t>(rank);
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
      float* to = values.data() + row * width;
      for (std::size_t k = 0; k < inner; ++k) {
        const float factor = scale * left[row * inner + k];
        const float* from = right.data() + k * width;
        for (std::size_t i = 0; i < width; ++i) to[i] += factor * from[i];
      }
    }
    base_.put(name, {rows, columns}, std::move(values));
  }

  static std::vector<float> transposed(const std::vector<float>& matrix, std::int64_t rows, std::int64_t columns) {
    std::vector<float> result(matrix.size());
    const auto height = static_cast<std::size_t>(rows), width = static_cast<std::size_t>(columns);
    for (std::size_t row = 0; row < height; ++row) {
      for (std::size_t i = 0; i < width; ++i) result[i * height + row] = matrix[row * width + i];
    }
    return result;
  }

  // [rows, 1] scales results, [1, columns] scales inputs.
  void scale(const std::string& module, const TensorRecord& factors) {
    const std::string name = module + ".weight";
    const TensorRecord& before = base_tensor(adapter_, factors.name, name);
    const std::vector<std::int64_t> by_row = {before.shape.front(), 1}, by_column = {1, before.shape.back()};
    const bool rows = factors.shape == by_row;
    if (!rows && factors.shape != by_column) {
      throw misfit(adapter_, factors.name, shape_text(by_row) + " or " + shape_text(by_column),
                   shape_text(factors.shape));
    }
    std::vector<float> values = floats_of(before);
    const std::vector<float> by = floats_of(factors);
    const auto width = static_cast<std::size_t>(before.shape.back());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= by[rows ? i / width : i % width];
    base_.put(name, before.shape, std::move(values));
  }

  // PEFT may keep a second half for the decoder, which it does not read either.
  void add_prompt(const TensorRecord& record) {
    const std::int64_t count = config_.prompt_tokens;
    if (config_.type == "PREFIX_TUNING") {
      const std::vector<std::int64_t> wanted = {count, 2 * config_.layers * config_.inner};
      if (record.shape != wanted) throw misfit(adapter_, record.name, shape_text(wanted), shape_text(record.shape));
      return base_.put(kPrefixTensor, record.shape, floats_of(record));
    }
    if (record.shape.size() != 2 || count < 1 || record.shape[0] % count != 0) {
      throw misfit(adapter_, record.name, shape_text({count, -1}), shape_text(record.shape));
    }
    std::vector<float> values = floats_of(record);
    values.resize(static_cast<std::size_t>(count * record.shape[1]));
    base_.put(kPromptTensor, {count, record.shape[1]}, std::move(values));
  }

  SafetensorsFile base_;
  const SafetensorsFile& adapter_;
  const AdapterConfig& config_;
};

// A base may be an adapter of another base; a circle is damage.
void require_short_chain(const fs::path& folder) {
  constexpr int kMost = 16;
  fs::path at = folder;
  for (int i = 0; is_adapter(at); ++i) {
    if (i == kMost) {
      throw model_error("adapters whose bases are adapters do not end", {.where = folder.string(),
                                                                         .expected = "a base with weights of its own",
                                                                         .got = fmt::format("{} adapters", kMost)});
    }
    at = base_of(at, AdapterConfig::read(at));
  }
}

// The files that hold a folder's weights, its own and not its base's.
std::vector<fs::path> weight_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

bool is_adapter(const fs::path& folder) {
  return file_exists(folder / AdapterConfig::kFile) && !has_weights(folder / kWeightsFile);
}

fs::path base_of(const fs::path& folder, const AdapterConfig& config) {
  const fs::path base = folder / config.base;  // an absolute path stays what it is
  std::error_code failure;
  if (!config.base.empty() && fs::is_directory(base, failure)) return base;
  throw Error(ErrorCode::kNotFound, ErrorSubject::kModel, "the base of the adapter is not there",
              {.where = (folder / AdapterConfig::kFile).string() + ": base_model_name_or_path",
               .expected = "a folder of weights; correct the path if the base has moved",
               .got = config.base.empty() ? "nothing" : base.string()});
}

std::string weights_digest(const fs::path& folder) {
  std::string digest;
  for (const fs::path& file : weight_files(folder)) {
    std::uint64_t bytes = 0;
    digest += fmt::format("{}{:016x}", digest.empty() ? "" : "+", checksum64_of_file(file, bytes));
  }
  return digest;
}

SafetensorsFile open_adapted_weights(const fs::path& folder) {
  const AdapterConfig config = AdapterConfig::read(folder);
  const fs::path base = base_of(folder, config);
  if (!config.base_digest.empty()) {
    if (const std::string now = weights_digest(base); now != config.base_digest) {
      throw model_error("the adapter is of another base", {.where = folder.string(),
                                                           .expected = "weights with checksum " + config.base_digest,
                                                           .got = now + " in " + base.string()});
    }
  }
  require_short_chain(folder);
  const SafetensorsFile adapter(folder / AdapterConfig::kTensorsFile);
  Merger merger(open_weights(base / kWeightsFile), adapter, config);
  std::optional<SafetensorsFile> own;
  if (file_exists(folder / AdapterConfig::kOwnTensorsFile)) own.emplace(folder / AdapterConfig::kOwnTensorsFile);
  if (own) merger.map_rows(*own);
  merger.change();
  if (own) merger.replace_own(*own);
  return merger.take();
}

void save_adapter(const fs::path& folder, const ModelSpec& spec, const AdapterConfig& config,
                  std::vector<TensorRecord> tensors, std::vector<TensorRecord> own_tensors) {
  std::error_code failure;  // writing then reports the fault
  fs::create_directories(folder, failure);
  write_safetensors(folder / AdapterConfig::kTensorsFile, std::move(tensors));
  if (!own_tensors.empty()) write_safetensors(folder / AdapterConfig::kOwnTensorsFile, std::move(own_tensors));
  config.write(folder);
  spec.write_json(folder / kConfigFile);
}

}  // namespace p5
