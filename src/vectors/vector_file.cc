#include "vectors/vector_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "model/safetensors.h"
#include "p5/error.h"
#include "vectors/npy_file.h"

namespace p5 {
namespace {

constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();

// A damaged safetensors file is data here, not a model.
SafetensorsFile open_tensors(const std::filesystem::path& file) {
  try {
    return SafetensorsFile(file);
  } catch (const Error& error) {
    if (error.subject() != ErrorSubject::kModel) throw;
    throw Error(error.code(), ErrorSubject::kData, error.what());
  }
}

VectorTable read_tensors(const std::filesystem::path& path) {
  const SafetensorsFile file = open_tensors(path);
  const auto& tensors = file.tensors();
  const TensorRecord* const matrix = tensors.size() == 1 ? &tensors.begin()->second : nullptr;
  if (matrix == nullptr || matrix->shape.size() != 2 || matrix->shape[1] < 1) {
    throw data_error("a file without one matrix", {.where = path.string(),
                                                   .expected = "one tensor of two axes, (items, numbers)",
                                                   .got = fmt::format("{} tensors", tensors.size())});
  }
  const bool real = matrix->type == TensorType::kF32 || matrix->type == TensorType::kF64 ||
                    matrix->type == TensorType::kF16 || matrix->type == TensorType::kBf16;
  if (!real) {
    throw data_error(
        "numbers of another type",
        {.where = path.string(), .expected = "F32, F64, F16 or BF16", .got = std::string(name_of(matrix->type))});
  }
  VectorTable table{.width = static_cast<std::size_t>(matrix->shape[1]), .values = {}};
  table.values.resize(static_cast<std::size_t>(matrix->element_count()));
  copy_as_float(*matrix, table.values);
  const auto bad = std::ranges::find_if(table.values, [](float value) { return !std::isfinite(value); });
  if (bad == table.values.end()) return table;
  const auto at = static_cast<std::size_t>(bad - table.values.begin());
  throw data_error("a number that is not finite", {.where = fmt::format("{}, row {}, column {}", path.string(),
                                                                        at / table.width + 1, at % table.width + 1),
                                                   .expected = "finite numbers",
                                                   .got = fmt::format("{}", *bad)});
}

VectorTable read_npy(const std::filesystem::path& path) {
  const NpyFile file(path);
  VectorTable table{.width = file.width(), .values = std::vector<float>(file.rows() * file.width())};
  for (std::size_t row = 0; row < file.rows(); ++row) {
    file.read_row(row, std::span(table.values).subspan(row * table.width, table.width));
  }
  return table;
}

std::vector<std::string> read_lines(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  const std::string text = read_file(file);
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
  }
  return lines;
}

Error other_count(const std::filesystem::path& file, std::string expected, std::size_t rows) {
  return data_error("vectors of another number of items",
                    {.where = file.string(), .expected = std::move(expected), .got = fmt::format("{} rows", rows)});
}

// The row of each item.
std::vector<std::uint32_t> rows_by_key(const std::filesystem::path& file, std::size_t rows,
                                       const std::filesystem::path& keys, const ItemCatalog& catalog) {
  const std::vector<std::string> lines = read_lines(keys);
  if (lines.size() != rows)
    throw other_count(file, fmt::format("{} rows, as {} has lines", lines.size(), keys.string()), rows);
  std::vector<std::uint32_t> row_of(catalog.size(), kNoRow);
  for (std::size_t row = 0; row < lines.size(); ++row) {
    const auto item = catalog.find(lines[row]);
    const bool fresh = item && row_of[*item] == kNoRow;
    if (!fresh) {
      throw data_error(item ? "a key that was there before" : "vectors of an item that the corpus does not have",
                       {.where = fmt::format("{}, line {}", keys.string(), row + 1),
                        .expected = "each item of the corpus once",
                        .got = "'" + lines[row] + "'"});
    }
    row_of[*item] = static_cast<std::uint32_t>(row);
  }
  return row_of;
}

VectorTable arranged(const VectorTable& table, const std::vector<std::uint32_t>& row_of, std::size_t items,
                     const std::filesystem::path& keys, const ItemCatalog& catalog) {
  VectorTable result{.width = table.width, .values = std::vector<float>(items * table.width)};
  for (ItemId item = 0; item < items; ++item) {
    if (row_of[item] == kNoRow) {
      throw data_error("an item without a vector", {.where = keys.string(),
                                                    .expected = "a line for each item with events",
                                                    .got = fmt::format("none for '{}'", catalog.key(item))});
    }
    std::copy_n(table.values.begin() + static_cast<std::ptrdiff_t>(row_of[item] * table.width), table.width,
                result.values.begin() + static_cast<std::ptrdiff_t>(item * table.width));
  }
  return result;
}

}  // namespace

VectorTable read_vector_file(const std::filesystem::path& file, const std::filesystem::path& keys,
                             const ItemCatalog& catalog, std::size_t items) {
  VectorTable table = file.extension() == ".safetensors" ? read_tensors(file) : read_npy(file);
  const std::size_t rows = table.values.size() / table.width;
  if (!keys.empty()) return arranged(table, rows_by_key(file, rows, keys, catalog), items, keys, catalog);
  if (rows != catalog.size() && rows != items) {
    throw other_count(file, fmt::format("{} rows, one per item of the corpus (or a file of keys)", catalog.size()),
                      rows);
  }
  table.values.resize(items * table.width);
  return table;
}

}  // namespace p5
