#include "retrieval/vector_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <variant>

#include "p5/error.h"
#include "retrieval/dense_algebra.h"

namespace p5 {
namespace {

constexpr std::size_t kBlock = 1024;  // rows of cosines that are in memory at once

void normalize(std::span<float> vector) {
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * value;
  if (squares == 0) return;
  const auto scale = static_cast<float>(1.0 / std::sqrt(squares));
  for (float& value : vector) value *= scale;
}

}  // namespace

SparseRows compare_vectors(std::vector<float> vectors, std::size_t width, const VectorComparison& comparison,
                           ThreadPool& pool) {
  const std::size_t count = vectors.size() / width;
  for (std::size_t i = 0; i < count; ++i) normalize(std::span(vectors).subspan(i * width, width));
  std::vector<std::vector<ItemWeight>> rows(count);
  std::vector<float> cosines(std::min(kBlock, count) * count);
  const std::span<const float> all = vectors;
  for (std::size_t first = 0; first < count; first += kBlock) {
    const std::size_t height = std::min(kBlock, count - first);
    multiply_transposed(all.subspan(first * width, height * width), all, width,
                        std::span(cosines).first(height * count), pool);
    pool.parallel_for(height, 8, [&](std::size_t begin, std::size_t end, std::size_t) {
      for (std::size_t i = begin; i < end; ++i) {
        std::vector<ItemWeight>& row = rows[first + i];
        for (ItemId other = 0; other < count; ++other) {
          const float cosine = cosines[i * count + other];
          if (cosine > 0.0f && other != first + i) row.push_back({other, cosine});
        }
        keep_strongest(row, comparison.most);
        row.shrink_to_fit();
        for (ItemWeight& entry : row) {
          entry.weight = static_cast<float>(std::pow(static_cast<double>(entry.weight), comparison.sharpness));
        }
      }
    });
  }
  return SparseRows(std::move(rows));
}

void ItemVectorOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("vectors.attribute", &attribute,
            {.help = "item vectors: name of the attribute; empty: the first list of numbers that an item has"});
  table.add("vectors.max_neighbors", &max_neighbors,
            {.help = "item vectors: strongest neighbors kept per item, 0 = all", .minimum = 0});
  weights.bind(table, "vectors", "item vectors");
}

SparseRows compare_item_vectors(const ItemCatalog& catalog, const ItemVectorOptions& options, std::size_t threads) {
  std::string name = options.attribute;
  std::size_t width = 0;
  std::vector<float> vectors;
  for (ItemId item = 0; item < catalog.size(); ++item) {
    for (const Attribute& attribute : catalog.attributes(item)) {
      const auto* vector = std::get_if<std::vector<float>>(&attribute.value);
      if (vector == nullptr || vector->empty() || (!name.empty() && attribute.name != name)) continue;
      if (width == 0) {
        name = attribute.name;
        width = vector->size();
        vectors.resize(catalog.size() * width);
      }
      if (vector->size() != width) {
        throw usage_error("vectors of different lengths",
                          {.where = fmt::format("item '{}', attribute '{}'", catalog.key(item), name),
                           .expected = fmt::format("{} numbers", width),
                           .got = fmt::format("{}", vector->size())});
      }
      std::copy(vector->begin(), vector->end(), vectors.begin() + static_cast<std::ptrdiff_t>(item * width));
      break;
    }
  }
  if (width == 0) {
    throw usage_error("items have no vectors",
                      {.expected = name.empty() ? "an attribute that is a list of numbers" : "attribute '" + name + "'",
                       .got = "none"});
  }
  ThreadPool pool(threads);
  return compare_vectors(std::move(vectors), width, {.most = static_cast<std::size_t>(options.max_neighbors)}, pool);
}

}  // namespace p5
