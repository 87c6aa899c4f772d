// Which rows of a small table an item's own vector is the sum of, so that a large catalogue does not need a row per
// item (hash embeddings; Svenstrup, Hansen and Winther 2017). A plain function; thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace p5 {

// [names, hashes]: for each name distinct rows from 0 to `rows` - 1, by double hashing: the first hash says where to
// begin and the second how far to step (Knuth, The Art of Computer Programming 3, section 6.4). They depend on the name
// alone, so an item keeps its rows in a later training. REQUIRES hashes <= rows.
std::vector<std::int64_t> hashed_rows(std::span<const std::uint64_t> names, std::int64_t rows, std::int64_t hashes);

}  // namespace p5
