#include "pipeline/item_ids.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/draw.h"
#include "base/json_field.h"
#include "base/terminal_text.h"
#include "base/text_layout.h"
#include "evaluate/text_table.h"
#include "p5/error.h"
#include "pipeline/automatic_settings.h"
#include "pipeline/index_stage.h"
#include "pipeline/run_directory.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;

std::string percent(double share) { return fmt::format("{:.1f}%", 100 * share); }

// "c1_7", or the piece of the tokenizer as text.
std::string token_name(const Vocabulary& vocabulary, TokenId token) {
  const TokenRange own = vocabulary.items();
  if (own.contains(token)) return vocabulary.id_tokens()[static_cast<std::size_t>(token - own.begin)];
  return vocabulary.tokenizer().decode({token});
}

std::size_t items_with_digits(const ModelBundle& ids) {
  std::size_t items = 0;
  for (ItemId item = 0; item < ids.index->size(); ++item) {
    items += token_name(*ids.vocabulary, ids.index->path(item).back()).starts_with("n_") ? 1 : 0;
  }
  return items;
}

std::string length_of(const IndexStats& stats) {
  return fmt::format("{} to {} tokens, {:.2f} on average", stats.shortest, stats.longest, stats.mean_length);
}

// "first token 38.1% (2.0% by chance), first 2 tokens 12.0% (0.1% by chance)"
std::string sharing_of(const std::vector<PrefixSharing>& sharing) {
  std::vector<std::string> parts;
  for (const PrefixSharing& at : sharing) {
    parts.push_back(fmt::format("first {} {} ({} by chance)",
                                at.depth == 1 ? "token" : fmt::format("{} tokens", at.depth), percent(at.neighbors),
                                percent(at.chance)));
  }
  return parts.empty() ? "the split has no histories" : fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

ModelBundle build_item_ids(const RunConfig& config, OptionTable& table, const std::filesystem::path& corpus,
                           const std::filesystem::path& out) {
  RunDirectory::require_free(out);
  RunDirectory::require_writable(out);
  const DataSplits data = open_data(corpus, config.split);
  // The words of prompts belong to ids: they must be those that training will choose.
  if (wants_automatic_settings(table)) apply_automatic_settings(CorpusTraits::of(data), table);
  ModelBundle ids = build_bundle(config, data, corpus);
  std::filesystem::create_directories(out);
  ids.save(ModelBundle::folder_of(out));
  return ids;
}

ModelBundle add_item_ids(const std::filesystem::path& folder, const std::filesystem::path& corpus,
                         const std::filesystem::path& out) {
  RunDirectory::require_free(out);
  RunDirectory::require_writable(out);
  const ModelBundle earlier = ModelBundle::load(ModelBundle::folder_of(folder));
  RunConfig config;
  static_cast<SavedOptions&>(config) = earlier;
  const DataSplits data = open_bundle_data(earlier, corpus);
  ModelBundle ids = extend_bundle(earlier, config, data, corpus);
  std::filesystem::create_directories(out);
  ids.save(ModelBundle::folder_of(out));
  return ids;
}

IdReport describe_ids(const ModelBundle& ids, const Split& split) {
  return {.scheme = ids.index->scheme(),
          .stats = compute_index_stats(*ids.index),
          .private_tokens = ids.vocabulary->items().size(),
          .with_digits = items_with_digits(ids),
          .sharing = prefix_sharing(*ids.index, split)};
}

ShownId show_id(const ModelBundle& ids, const Corpus& corpus, const std::string& key, std::size_t most) {
  const ItemCatalog& catalog = corpus.catalog();
  const auto item = catalog.find(key);
  if (!item || !ids.index->has(*item)) {
    throw not_found_error("no such item among the ids", {.where = "--item", .got = "'" + key + "'"});
  }
  ShownId shown{.key = key, .title = catalog.display_title(*item), .name = ids.index->name(*item)};
  for (const TokenId token : ids.index->path(*item)) shown.tokens.push_back(token_name(*ids.vocabulary, token));
  for (const IdNeighbor& near : nearest_ids(*ids.index, *item, most)) {
    shown.neighbors.push_back({std::string(catalog.key(near.item)), catalog.display_title(near.item), near.shared});
  }
  return shown;
}

std::vector<std::string> some_items(const ModelBundle& ids, const Corpus& corpus, std::size_t count,
                                    std::uint64_t seed) {
  std::vector<std::string> keys;
  for (ItemId item = 0; item < ids.index->size(); ++item) keys.emplace_back(corpus.catalog().key(item));
  keep_sample(keys, count, Rng(seed, "ids to show"));
  return keys;
}

std::string to_text(const IdReport& report) {
  const IndexStats& stats = report.stats;
  std::string text =
      fmt::format("{} ids of {}: {}\n", report.scheme, counted(stats.items, "item", "items"), length_of(stats));
  text += fmt::format("private tokens    {}\n", with_commas(report.private_tokens));
  text += fmt::format("told by digits    {}\n", counted(report.with_digits, "item", "items"));
  text += fmt::format("trie              {}, {:.1f} bytes per token of an id\n",
                      counted(stats.trie_nodes, "node", "nodes"), stats.trie_bytes_per_token);
  text += in_lines("next in histories " + sharing_of(report.sharing), TextTable::kWidth, 18) + "\n\n";
  TextTable table({"level", "items", "tokens", "prefixes", "items per prefix", "most frequent", "balance"});
  for (std::size_t level = 0; level < stats.levels.size(); ++level) {
    const LevelStats& at = stats.levels[level];
    table.add_row({std::to_string(level + 1), with_commas(at.items), with_commas(at.tokens), with_commas(at.prefixes),
                   fmt::format("{:.1f}", at.items_per_prefix), percent(at.largest_share),
                   fmt::format("{:.2f}", at.balance)});
  }
  return text + table.to_text();
}

std::string to_text(const ShownId& shown) {
  std::string text = fmt::format("{}  {}\n  id: {}\n", terminal_text(shown.key), terminal_text(shown.title),
                                 terminal_text(fmt::format("{}", fmt::join(shown.tokens, " | "))));
  for (const ShownId::Neighbor& near : shown.neighbors) {
    text += fmt::format("  {} of {} tokens shared: {}  {}\n", near.shared, shown.tokens.size(), terminal_text(near.key),
                        terminal_text(near.title));
  }
  if (shown.neighbors.empty()) text += "  no other id begins with its first token\n";
  return text;
}

std::string to_json(const IdReport& report) {
  const IndexStats& stats = report.stats;
  Json levels = Json::array(), sharing = Json::array();
  for (const LevelStats& at : stats.levels) {
    levels.push_back({{"items", at.items},
                      {"tokens", at.tokens},
                      {"prefixes", at.prefixes},
                      {"items_per_prefix", at.items_per_prefix},
                      {"largest_share", at.largest_share},
                      {"balance", at.balance}});
  }
  for (const PrefixSharing& at : report.sharing) {
    sharing.push_back({{"tokens", at.depth}, {"neighbors", at.neighbors}, {"chance", at.chance}});
  }
  return pretty_json(Json{{"scheme", report.scheme},
                          {"items", stats.items},
                          {"length", {{"least", stats.shortest}, {"mean", stats.mean_length}, {"most", stats.longest}}},
                          {"private_tokens", report.private_tokens},
                          {"with_digits", report.with_digits},
                          {"trie", {{"nodes", stats.trie_nodes}, {"bytes_per_token", stats.trie_bytes_per_token}}},
                          {"levels", std::move(levels)},
                          {"prefix_sharing", std::move(sharing)}});
}

std::string to_json(const std::vector<ShownId>& shown) {
  Json list = Json::array();
  for (const ShownId& one : shown) {
    Json neighbors = Json::array();
    for (const ShownId::Neighbor& near : one.neighbors) {
      neighbors.push_back({{"item", near.key}, {"title", near.title}, {"shared", near.shared}});
    }
    list.push_back({{"item", one.key},
                    {"title", one.title},
                    {"name", one.name},
                    {"tokens", one.tokens},
                    {"neighbors", std::move(neighbors)}});
  }
  return pretty_json(Json{{"items", std::move(list)}});
}

std::string compare_ids(const ModelBundle& one, const Split& split_of_one, const ModelBundle& other,
                        const Split& split_of_other) {
  if (one.catalog_sha256 != other.catalog_sha256) {
    throw model_error("the ids are of different catalogues",
                      {.expected = "items with SHA-256 " + one.catalog_sha256, .got = other.catalog_sha256});
  }
  const IdReport left = describe_ids(one, split_of_one), right = describe_ids(other, split_of_other);
  TextTable table({"", left.scheme, right.scheme});
  const auto row = [&](const char* what, const auto& value) { table.add_row({what, value(left), value(right)}); };
  row("items", [](const IdReport& r) { return with_commas(r.stats.items); });
  row("tokens of an id, mean", [](const IdReport& r) { return fmt::format("{:.2f}", r.stats.mean_length); });
  row("tokens of an id, most", [](const IdReport& r) { return std::to_string(r.stats.longest); });
  row("private tokens", [](const IdReport& r) { return with_commas(r.private_tokens); });
  row("items told by digits", [](const IdReport& r) { return with_commas(r.with_digits); });
  row("first tokens", [](const IdReport& r) { return with_commas(r.stats.levels.front().tokens); });
  row("balance of first tokens",
      [](const IdReport& r) { return fmt::format("{:.2f}", r.stats.levels.front().balance); });
  row("neighbors with one first token",
      [](const IdReport& r) { return r.sharing.empty() ? std::string("-") : percent(r.sharing.front().neighbors); });
  row("the same by chance",
      [](const IdReport& r) { return r.sharing.empty() ? std::string("-") : percent(r.sharing.front().chance); });
  const Agreement forth = first_token_agreement(*one.index, *other.index);
  const Agreement back = first_token_agreement(*other.index, *one.index);
  return table.to_text() +
         fmt::format(
             "\nOf the pairs of items with one first token in '{}', {} have one in '{}' ({} by chance); the other "
             "way {} ({}).\n",
             left.scheme, percent(forth.share), right.scheme, percent(forth.chance), percent(back.share),
             percent(back.chance));
}

}  // namespace p5
