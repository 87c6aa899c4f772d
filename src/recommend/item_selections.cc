#include "recommend/item_selections.h"

#include <algorithm>
#include <numeric>

#include "p5/error.h"
#include "retrieval/item_filter.h"

namespace p5 {
namespace {

std::vector<ItemId> filtered(const ItemCatalog& catalog, const std::string& where) {
  if (!where.empty()) return ItemFilter::parse(where).select(catalog);
  std::vector<ItemId> all(catalog.size());
  std::iota(all.begin(), all.end(), ItemId{0});
  return all;
}

void keep_available(const ItemCatalog& catalog, const std::vector<std::string>& available, std::vector<ItemId>& items) {
  std::vector<bool> in_stock(catalog.size(), false);
  for (const std::string& key : available) {
    if (const auto item = catalog.find(key)) in_stock[*item] = true;
  }
  std::erase_if(items, [&](ItemId item) { return !in_stock[item]; });
}

ItemSelection select(const ItemCatalog& catalog, const std::string& where, const std::vector<std::string>& available,
                     const std::vector<ItemId>& withdrawn) {
  ItemSelection selection{.items = filtered(catalog, where), .others = {}};
  if (selection.items.empty()) {
    throw usage_error("no item fits the filter",
                      {.where = "request.where", .expected = "a filter that some item fits", .got = "'" + where + "'"});
  }
  if (!available.empty()) {
    keep_available(catalog, available, selection.items);
    if (selection.items.empty()) {
      throw usage_error("no item is left",
                        {.where = "request.available",
                         .expected = where.empty() ? "some item of the corpus" : "some item that fits '" + where + "'",
                         .got = std::to_string(available.size()) + " other keys"});
    }
  }
  std::erase_if(selection.items, [&](ItemId item) { return std::ranges::binary_search(withdrawn, item); });
  std::size_t next = 0;
  for (ItemId item = 0; item < catalog.size(); ++item) {
    if (next < selection.items.size() && selection.items[next] == item) {
      ++next;
    } else {
      selection.others.push_back(item);
    }
  }
  return selection;
}

}  // namespace

bool ItemSelection::contains(ItemId item) const { return std::binary_search(items.begin(), items.end(), item); }

bool ItemSelection::restrict(std::vector<ItemId>& candidates, std::vector<ItemId>& exclude) const {
  if (!candidates.empty()) {
    std::erase_if(candidates, [this](ItemId item) { return !contains(item); });
    return !candidates.empty();
  }
  if (items.empty()) return false;
  if (items.size() <= others.size()) {
    candidates = items;
  } else {
    exclude.insert(exclude.end(), others.begin(), others.end());
  }
  return true;
}

std::shared_ptr<const ItemSelection> ItemSelections::of(const std::string& where,
                                                        const std::vector<std::string>& available) {
  if (where.empty() && available.empty() && withdrawn_.empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  if (last_ == nullptr || where != where_ || available != available_) {
    last_ = std::make_shared<const ItemSelection>(select(corpus_->catalog(), where, available, withdrawn_));
    where_ = where;
    available_ = available;
  }
  return last_;
}

}  // namespace p5
