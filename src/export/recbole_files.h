// A corpus as RecBole's atomic files, NAME.inter, NAME.item and NAME.user: tables of tab-separated cells whose header
// gives each column a type. Quoted as pandas reads them. Thread-safe: a free function.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

struct RecBoleCounts {
  std::uint64_t events = 0, items = 0, users = 0;
  std::vector<std::string> files = {};
};

// Events in the order of the corpus: by user, then time. Times are in seconds. Lists become token_seq, words of one
// entry joined by "_". Columns that no row has are left out.
RecBoleCounts write_recbole(const std::filesystem::path& folder, const std::string& name, const Corpus& corpus);

}  // namespace p5
