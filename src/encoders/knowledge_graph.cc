#include "encoders/knowledge_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/file.h"
#include "p5/error.h"
#include "records/field_parsing.h"

namespace p5 {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 30;

// Calls take(fields of the wanted columns) for every line behind the header "name:type<tab>...".
void for_rows(const std::filesystem::path& path, const std::vector<std::string_view>& columns,
              const std::function<void(std::span<const std::string_view>)>& take) {
  const std::string text = read_file(path, kMostBytes);
  std::vector<std::size_t> places;
  std::vector<std::string_view> fields, wanted(columns.size());
  std::size_t line_number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    ++line_number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    split_fields(line, '\t', fields);
    const auto complain = [&](std::string expected, std::string got) {
      return data_error("a knowledge graph that cannot be read",
                        {.where = fmt::format("{}:{}", path.string(), line_number),
                         .expected = std::move(expected),
                         .got = std::move(got)});
    };
    if (places.empty()) {
      for (const std::string_view column : columns) {
        const auto found = std::ranges::find_if(
            fields, [&](std::string_view field) { return field.substr(0, field.find(':')) == column; });
        if (found == fields.end()) throw complain(fmt::format("a column {}", column), "'" + std::string(line) + "'");
        places.push_back(static_cast<std::size_t>(found - fields.begin()));
      }
      continue;
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i] >= fields.size() || fields[places[i]].empty()) {
        throw complain(fmt::format("a value of {}", columns[i]), fmt::format("{} fields", fields.size()));
      }
      wanted[i] = fields[places[i]];
    }
    take(wanted);
  }
}

}  // namespace

KnowledgeGraph graph_of(const ItemAttributes& attributes, std::size_t items) {
  KnowledgeGraph graph{.items = static_cast<std::uint32_t>(items),
                       .entities = static_cast<std::uint32_t>(items) + attributes.count,
                       .relations = attributes.fields.empty() ? 0 : *std::ranges::max_element(attributes.fields) + 1,
                       .triplets = {}};
  if (attributes.empty()) return graph;
  for (ItemId item = 0; item < items; ++item) {
    for (const std::uint32_t value : attributes.of(item)) {
      graph.triplets.push_back({item, attributes.fields[value], graph.items + value});
    }
  }
  return graph;
}

KnowledgeGraph read_knowledge_graph(const std::filesystem::path& kg, const ItemCatalog& catalog, std::size_t items) {
  std::filesystem::path link = kg;
  link.replace_extension(".link");
  std::unordered_map<std::string, std::uint32_t> entities, relations;
  std::size_t linked = 0;
  for_rows(link, {"item_id", "entity_id"}, [&](std::span<const std::string_view> row) {
    const std::optional<ItemId> item = catalog.find(row[0]);
    if (!item || *item >= items) return;
    linked += entities.try_emplace(std::string(row[1]), *item).second ? 1 : 0;
  });
  if (linked == 0) {
    throw data_error("a knowledge graph without items of the corpus",
                     {.where = link.string(), .expected = "item_id as the corpus's keys", .got = "no known item"});
  }
  KnowledgeGraph graph{
      .items = static_cast<std::uint32_t>(items), .entities = static_cast<std::uint32_t>(items), .triplets = {}};
  const auto entity = [&](std::string_view key) {
    const auto [found, added] = entities.try_emplace(std::string(key), graph.entities);
    if (added) ++graph.entities;
    return found->second;
  };
  for_rows(kg, {"head_id", "relation_id", "tail_id"}, [&](std::span<const std::string_view> row) {
    const std::uint32_t head = entity(row[0]);
    const auto [relation, added] = relations.try_emplace(std::string(row[1]), graph.relations);
    if (added) ++graph.relations;
    graph.triplets.push_back({head, relation->second, entity(row[2])});
  });
  if (graph.empty()) throw data_error("a knowledge graph without triplets", {.where = kg.string()});
  return graph;
}

}  // namespace p5
