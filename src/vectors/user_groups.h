// Users in groups, so that a few tokens stand for all of them: by the hash of their keys, or by what they have. Thread-
// safe: free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "corpus/split.h"
#include "vectors/item_vectors.h"

namespace p5 {

// The group of a user by the key alone (Weinberger et al., ICML 2009), below `count`.
std::uint32_t hashed_group(std::string_view key, std::size_t count);
// [users]
std::vector<std::uint32_t> hash_users(const Corpus& corpus, std::size_t count);

// [users] groups of near users by k-means, below `count`: a user is the mean of the vectors of the items of the train
// part. Users without any are one point. Throws a data error for more groups than users.
std::vector<std::uint32_t> cluster_users(const Split& split, const ItemVectorSet& items, std::size_t count,
                                         std::uint64_t seed, std::size_t threads = 0);

}  // namespace p5
