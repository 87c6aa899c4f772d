// A corpus without some of its users. Thread-safe: a free function.
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>

#include "corpus/corpus.h"

namespace p5 {

struct RemovedUsers {
  std::size_t users = 0, events = 0;
};

// Writes `corpus` without the users of these keys, their events, reviews and attributes to `out`, in place of a corpus
// that is there. All else stays as it is, items without events included, in the same order.
RemovedUsers write_without_users(const Corpus& corpus, const std::set<std::string, std::less<>>& keys,
                                 const std::filesystem::path& out);

}  // namespace p5
