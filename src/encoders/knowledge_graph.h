// Facts about items as triplets (head, relation, tail), out of the item table or of a RecBole knowledge graph. A plain
// value; thread-safe: free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "corpus/corpus.h"
#include "encoders/item_attributes.h"

namespace p5 {

struct KnowledgeGraph {
  struct Triplet {
    std::uint32_t head = 0, relation = 0, tail = 0;
    bool operator==(const Triplet&) const = default;
  };
  // Entities below `items` are the items themselves; the others follow.
  std::uint32_t items = 0, entities = 0, relations = 0;
  std::vector<Triplet> triplets;

  bool empty() const { return triplets.empty(); }
};

// (item, field, value) of every attribute that ItemAttributes has: the field is the relation.
KnowledgeGraph graph_of(const ItemAttributes& attributes, std::size_t items);

// A file of triplets with the columns head_id, relation_id and tail_id, separated by tabs, and beside it, with .link in
// place of .kg, the entities of items: item_id and entity_id. Entities that are linked to an item are that item; items
// that the corpus does not have are entities of their own. Throws NotFound for a missing file, Corrupted (data), naming
// file and line, for a missing column or field, and where no item is linked.
KnowledgeGraph read_knowledge_graph(const std::filesystem::path& kg, const ItemCatalog& catalog, std::size_t items);

}  // namespace p5
