#include "corpus/corpus.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "corpus/mapped_corpus.h"

namespace p5 {

std::string ItemCatalog::display_title(ItemId item) const {
  const std::string_view known = title(item);
  return known.empty() ? "item " + std::string(key(item)) : std::string(known);
}

bool Corpus::has_ratings() const {
  return std::any_of(ratings().begin(), ratings().end(), [](float rating) { return !std::isnan(rating); });
}

std::vector<ItemId> Corpus::items_without_events() const {
  std::vector<ItemId> items(item_count() - items_with_events());
  std::iota(items.begin(), items.end(), static_cast<ItemId>(items_with_events()));
  return items;
}

std::shared_ptr<const Corpus> Corpus::open(const std::filesystem::path& folder) { return open_mapped_corpus(folder); }

}  // namespace p5
