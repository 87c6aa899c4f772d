#include "encoders/item_features.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/tenths.h"
#include "base/thread_pool.h"
#include "p5/error.h"
#include "vectors/text_encoder_vectors.h"
#include "vectors/vector_file.h"

namespace p5 {
namespace {

constexpr std::string_view kTextEncoder = "text-encoder:";
constexpr double kFarthest = 5.0;  // deviations

VectorTable vectors_of(const std::string& text, const ItemCatalog& catalog, std::size_t items, std::size_t threads) {
  if (text.starts_with(kTextEncoder)) {
    ThreadPool pool(threads);
    return read_text_encoder_vectors(text.substr(kTextEncoder.size()), catalog, items, pool);
  }
  const std::size_t at = text.rfind('@');
  const std::filesystem::path keys = at == std::string::npos ? "" : text.substr(at + 1);
  return read_vector_file(text.substr(0, at), keys, catalog, items);
}

FeatureBlock block_of_file(const std::string& text, const ItemCatalog& catalog, std::size_t items,
                           std::size_t threads) {
  VectorTable table = vectors_of(text, catalog, items, threads);
  const std::size_t width = table.width;
  std::vector<double> means(width, 0.0);
  for (std::size_t i = 0; i < table.values.size(); ++i)
    means[i % width] += table.values[i] / static_cast<double>(items);
  double squares = 0;
  for (std::size_t i = 0; i < table.values.size(); ++i) {
    table.values[i] = static_cast<float>(table.values[i] - means[i % width]);
    squares += double{table.values[i]} * table.values[i];
  }
  const double scale = squares > 0 ? 1.0 / std::sqrt(squares / static_cast<double>(items)) : 0.0;
  for (float& value : table.values) value = static_cast<float>(value * scale);
  return {.columns = static_cast<std::uint32_t>(width), .values = std::move(table.values)};
}

// The numbers of each column of the item table by name, [items], NaN where unknown.
std::map<std::string, std::vector<double>> number_columns(const ItemCatalog& catalog, std::size_t items) {
  std::map<std::string, std::vector<double>> columns;
  const auto put = [&](const std::string& name, ItemId item, double value) {
    if (!std::isfinite(value)) return;
    columns.try_emplace(name, items, std::numeric_limits<double>::quiet_NaN()).first->second[item] = value;
  };
  for (ItemId item = 0; item < items; ++item) {
    put("price", item, catalog.price(item));
    for (const Attribute& attribute : catalog.attributes(item)) {
      if (const auto* number = std::get_if<double>(&attribute.value)) put(attribute.name, item, *number);
    }
  }
  return columns;
}

// The known values of a column at every event of the train part, ascending.
std::vector<double> values_of_events(const Split& split, const std::vector<double>& column) {
  std::vector<double> values;
  for (const std::size_t event : split.positions(Part::kTrain)) {
    const ItemId item = split.corpus().items()[event];
    if (item < column.size() && std::isfinite(column[item])) values.push_back(column[item]);
  }
  std::ranges::sort(values);
  return values;
}

using Columns = std::vector<std::vector<float>>;  // each [items]

void add_standardised(const std::vector<double>& column, std::span<const double> events, Columns& out) {
  double sum = 0, squares = 0;
  for (const double value : events) sum += value;
  const double mean = sum / static_cast<double>(events.size());
  for (const double value : events) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(events.size()));
  std::vector<float> distance(column.size(), 0.0f), known(column.size(), 0.0f);
  for (std::size_t item = 0; item < column.size(); ++item) {
    if (!std::isfinite(column[item])) continue;
    distance[item] = static_cast<float>(std::clamp((column[item] - mean) / deviation, -kFarthest, kFarthest));
    known[item] = 1.0f;
  }
  out.push_back(std::move(distance));
  out.push_back(std::move(known));
}

void add_tenths(const std::vector<double>& column, const std::vector<double>& events, Columns& out) {
  const std::vector<double> edges = edges_of_tenths(events);
  const std::size_t first = out.size();
  out.resize(first + edges.size() + 1, std::vector<float>(column.size(), 0.0f));
  for (std::size_t item = 0; item < column.size(); ++item) {
    if (std::isfinite(column[item])) out[first + tenth_of(column[item], edges)][item] = 1.0f;
  }
}

FeatureBlock block_of_numbers(const Split& split, EncoderOptions::Numbers way, std::size_t items) {
  Columns columns;
  for (const auto& [name, column] : number_columns(split.corpus().catalog(), items)) {
    const std::vector<double> events = values_of_events(split, column);
    if (events.empty() || events.front() == events.back()) continue;
    way == EncoderOptions::Numbers::kBuckets ? add_tenths(column, events, columns)
                                             : add_standardised(column, events, columns);
  }
  if (columns.empty()) {
    throw data_error("encoder.numbers has no data", {.where = "corpus " + split.corpus().info().name,
                                                     .expected = "a column price, or an attribute of items that is a "
                                                                 "number",
                                                     .got = "none"});
  }
  FeatureBlock block{.columns = static_cast<std::uint32_t>(columns.size()), .values = {}};
  for (std::size_t item = 0; item < items; ++item) {
    for (const std::vector<float>& column : columns) block.values.push_back(column[item]);
  }
  return block;
}

}  // namespace

std::vector<FeatureBlock> read_item_features(const Split& split, const EncoderOptions& options, std::size_t items,
                                             std::size_t threads) {
  std::vector<FeatureBlock> blocks;
  for (const std::string& file : options.vectors) {
    blocks.push_back(block_of_file(file, split.corpus().catalog(), items, threads));
  }
  if (options.numbers != EncoderOptions::Numbers::kNone)
    blocks.push_back(block_of_numbers(split, options.numbers, items));
  return blocks;
}

}  // namespace p5
