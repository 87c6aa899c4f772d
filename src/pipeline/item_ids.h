// Item ids as files: made without a model, looked into, extended, compared. A folder of ids holds what `bundle/` of a
// run holds, less the weights, so a run's own folder will do wherever ids are read. Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "corpus/data_splits.h"
#include "indexing/index_stats.h"
#include "pipeline/run_config.h"
#include "recommend/model_bundle.h"

namespace p5 {

// Makes the ids of a corpus as p5 train would, automatic settings included, and saves them in `out`, which must be
// free. `table` is bound to `config`. Throws as build_bundle().
ModelBundle build_item_ids(const RunConfig& config, OptionTable& table, const std::filesystem::path& corpus,
                           const std::filesystem::path& out);

// The ids of `folder` and ids for the items that `corpus` has in addition, in `out`; the known items keep theirs.
ModelBundle add_item_ids(const std::filesystem::path& folder, const std::filesystem::path& corpus,
                         const std::filesystem::path& out);

// What a person looks at.
struct IdReport {
  std::string scheme;
  IndexStats stats;
  std::size_t private_tokens = 0;
  std::size_t with_digits = 0;  // items that digits tell from others with the same groups or codes
  std::vector<PrefixSharing> sharing;
};
IdReport describe_ids(const ModelBundle& ids, const Split& split);

// An item, its id in words, and those whose ids begin alike.
struct ShownId {
  struct Neighbor {
    std::string key, title;
    std::size_t shared = 0;
  };
  std::string key, title, name;
  std::vector<std::string> tokens = {};
  std::vector<Neighbor> neighbors = {};
};
// Throws NotFound for an unknown key.
ShownId show_id(const ModelBundle& ids, const Corpus& corpus, const std::string& key, std::size_t most);
// Items drawn by seed, for a first look.
std::vector<std::string> some_items(const ModelBundle& ids, const Corpus& corpus, std::size_t count,
                                    std::uint64_t seed);

std::string to_text(const IdReport& report);
std::string to_text(const ShownId& shown);
std::string to_json(const IdReport& report);
std::string to_json(const std::vector<ShownId>& shown);

// Two sets of ids of the same items side by side. Throws Corrupted (model) where the catalogues differ.
std::string compare_ids(const ModelBundle& one, const Split& split_of_one, const ModelBundle& other,
                        const Split& split_of_other);

}  // namespace p5
