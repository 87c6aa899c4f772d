// Numbers that are known of items, as the columns of blocks: vectors out of files (of images, of texts), prices and
// other numbers of the item table. A plain value; thread-safe: a free function.
#pragma once

#include <cstdint>
#include <vector>

#include "corpus/split.h"
#include "encoders/encoder_options.h"

namespace p5 {

struct FeatureBlock {
  std::uint32_t columns = 0;
  std::vector<float> values;  // [items, columns]; zero where nothing is known
};

// One block for each entry of encoder.vectors (a file, or text-encoder:FOLDER), and one for the numbers, of the first
// `items` items. Vectors are shifted by their mean and scaled so that they have the mean length 1. Numbers are price
// and every attribute of items that is a number and takes more than one value:
//   standard  two columns each: (x - mean) / deviation, at most 5 away from 0, and 1 where it is known
//   buckets   ten columns each: 1 in that of the number's decile
// Means, deviations and deciles are those of the events of the train parts. Throws Corrupted (data) for bad files, and
// where encoder.numbers asks for numbers that the item table does not have.
std::vector<FeatureBlock> read_item_features(const Split& split, const EncoderOptions& options, std::size_t items,
                                             std::size_t threads = 0);

}  // namespace p5
