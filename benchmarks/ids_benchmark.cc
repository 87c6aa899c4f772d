// What item ids cost: the trie of many items in memory and time, and the codes of many item vectors in time. Ids and
// vectors are random; a real corpus is measured by `p5 index build`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "benchmark_main.h"
#include "clustering/residual_codes.h"
#include "indexing/item_index.h"
#include "indexing/item_trie.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;

struct Sizes {
  std::size_t items = 1'000'000, levels = 4;          // of the trie
  std::size_t vectors = 0, width = 128, codes = 256;  // of residual k-means; 0 vectors: not measured
  std::size_t threads = 0;
};

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Random codes, and a token of the item alone at the end: the ids with the most nodes.
std::vector<std::vector<TokenId>> random_paths(const Sizes& sizes) {
  constexpr std::size_t kCodes = 256;
  Rng rng(2022, "ids benchmark");
  std::vector<std::vector<TokenId>> paths(sizes.items);
  for (std::size_t item = 0; item < sizes.items; ++item) {
    std::vector<TokenId>& path = paths[item];
    for (std::size_t level = 0; level + 1 < sizes.levels; ++level) {
      path.push_back(static_cast<TokenId>(1000 + level * kCodes + rng.below(kCodes)));
    }
    path.push_back(static_cast<TokenId>(100'000 + item));  // no two alike
  }
  return paths;
}

Json measure_trie(const Sizes& sizes) {
  std::vector<std::vector<TokenId>> paths = random_paths(sizes);
  std::vector<std::string> names(sizes.items);
  for (std::size_t item = 0; item < sizes.items; ++item) names[item] = "item_" + std::to_string(1001 + item);
  std::unique_ptr<ItemIndex> index;
  const double indexed =
      seconds_of([&] { index = std::make_unique<ItemIndex>("residual", std::move(paths), std::move(names)); });
  std::unique_ptr<ItemTrie> trie;
  const double built = seconds_of([&] { trie = std::make_unique<ItemTrie>(*index); });
  const double tokens = static_cast<double>(sizes.items * sizes.levels);
  return {{"items", sizes.items},
          {"levels", sizes.levels},
          {"index_seconds", indexed},
          {"trie_seconds", built},
          {"nodes", trie->node_count()},
          {"mebibytes_per_million_items",
           static_cast<double>(trie->bytes()) / static_cast<double>(sizes.items) * 1e6 / (1 << 20)},
          {"bytes_per_item_and_level", static_cast<double>(trie->bytes()) / tokens}};
}

Json measure_codes(const Sizes& sizes) {
  Rng rng(2022, "ids benchmark vectors");
  std::vector<float> vectors(sizes.vectors * sizes.width);
  for (float& value : vectors) value = static_cast<float>(rng.uniform() - 0.5);
  ThreadPool pool(sizes.threads);
  LevelCodes codes;
  const double seconds = seconds_of([&] {
    codes = residual_codes({vectors, sizes.width}, 3, {.clusters = sizes.codes}, pool);
  });
  return {{"vectors", sizes.vectors}, {"width", sizes.width},   {"levels", codes.levels},
          {"codes", codes.size},      {"threads", pool.size()}, {"seconds", seconds}};
}

void print(const Json& part) {
  for (const auto& [key, value] : part.items()) fmt::print("{:<28} {}\n", key, value.dump());
  fmt::print("\n");
}

int program(int argc, char** argv) {
  CLI::App app("What item ids cost in memory and time");
  Sizes sizes;
  bool json = false;
  app.add_option("--items", sizes.items, "items of the trie; 0: it is not measured")->capture_default_str();
  app.add_option("--levels", sizes.levels, "tokens of an id")->check(CLI::Range(1, 16))->capture_default_str();
  app.add_option("--vectors", sizes.vectors, "vectors that get residual codes; 0: it is not measured");
  app.add_option("--width", sizes.width, "numbers of a vector")->check(CLI::Range(1, 65536))->capture_default_str();
  app.add_option("--codes", sizes.codes, "codes of a level")->check(CLI::Range(1, 65536))->capture_default_str();
  app.add_option("--threads", sizes.threads, "0: all cores")->capture_default_str();
  app.add_flag("--json", json, "one JSON object on stdout");
  CLI11_PARSE(app, argc, argv);
  Json result = Json::object();
  if (sizes.items > 0) result["trie"] = measure_trie(sizes);
  if (sizes.vectors > 0) result["residual_codes"] = measure_codes(sizes);
  if (json) return fmt::print("{}\n", result.dump()), 0;
  for (const auto& [key, part] : result.items()) print(part);
  return 0;
}

}  // namespace
}  // namespace p5

int main(int argc, char** argv) { return p5::benchmark_main(argc, argv, p5::program); }
