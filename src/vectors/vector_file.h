// Vectors of items out of a file: .npy, or .safetensors with one matrix. Thread-safe: a pure function.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

struct VectorTable {
  std::size_t width = 0;
  std::vector<float> values;  // [items, width]
};

// The vectors of the first `items` items. Rows are those of the corpus's items in their order; with a file of keys, one
// a line, row i is the item of line i. Throws Corrupted (data), naming file and row, for numbers that are not finite,
// for another number of rows, for keys that the corpus does not have or that come twice, and for items without a row.
VectorTable read_vector_file(const std::filesystem::path& file, const std::filesystem::path& keys,
                             const ItemCatalog& catalog, std::size_t items);

}  // namespace p5
