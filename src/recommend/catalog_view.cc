#include "recommend/catalog_view.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "base/logger.h"
#include "p5/error.h"

namespace p5 {
namespace {

ItemRecord record_of(const ItemCatalog& catalog, ItemId item) {
  const auto categories = catalog.categories(item);
  return {.key = std::string(catalog.key(item)),
          .title = std::string(catalog.title(item)),
          .brand = std::string(catalog.brand(item)),
          .description = std::string(catalog.description(item)),
          .price = catalog.price(item),
          .categories = {categories.begin(), categories.end()},
          .attributes = catalog.attributes(item)};
}

Attribute attribute_of(const ItemFact& fact) {
  if (fact.number) return {fact.name, *fact.number};
  if (fact.values.size() == 1) return {fact.name, fact.values.front()};
  return {fact.name, fact.values};
}

ItemRecord changed(ItemRecord record, const ItemChange& change) {
  record.key = change.item;
  if (change.title) record.title = *change.title;
  if (change.brand) record.brand = *change.brand;
  if (change.description) record.description = *change.description;
  if (change.price) record.price = *change.price;
  if (change.categories) record.categories = *change.categories;
  if (change.facts) {
    record.attributes.clear();
    for (const ItemFact& fact : *change.facts) record.attributes.push_back(attribute_of(fact));
  }
  return record;
}

bool says_something(const ItemChange& change) {
  return change.title || change.brand || change.description || change.price || change.categories || change.facts;
}

bool equal(const Attribute& a, const Attribute& b) { return a.name == b.name && a.value == b.value; }

// As far as content is compared.
bool reads_alike(const ItemRecord& a, const ItemRecord& b) {
  return a.title == b.title && a.brand == b.brand && a.description == b.description && a.categories == b.categories &&
         std::ranges::equal(a.attributes, b.attributes, equal);
}

constexpr std::size_t kStandIns = 3;  // items of a history that stand for an added one

}  // namespace

CatalogView::CatalogView(std::shared_ptr<const Corpus> counted)
    : counted_(counted->item_count()),
      corpus_(std::move(counted)),
      selections_(std::make_shared<ItemSelections>(*corpus_)) {}

CatalogView::CatalogView(std::shared_ptr<const Corpus> counted, const CatalogChanges& changes,
                         const ContentIndex* index, const CatalogView* before)
    : counted_(counted->item_count()) {
  const ItemCatalog& catalog = counted->catalog();
  CorpusAmendment amendment;
  amendment.forgotten.insert(changes.forgotten_users.begin(), changes.forgotten_users.end());
  for (const ItemChange& change : changes.items) {
    const auto item = catalog.find(change.item);
    if (item && !says_something(change)) continue;
    if (!item && !change.available) continue;  // nobody can be told of it
    amendment.items.push_back(
        std::make_shared<const ItemRecord>(changed(item ? record_of(catalog, *item) : ItemRecord(), change)));
    if (!item) added_.push_back(amendment.items.back());
  }
  corpus_ = amend(std::move(counted), std::move(amendment));
  for (const ItemChange& change : changes.items) {
    if (change.available) continue;
    if (const auto item = corpus_->catalog().find(change.item)) withdrawn_.push_back(*item);
  }
  std::ranges::sort(withdrawn_);
  selections_ = std::make_shared<ItemSelections>(*corpus_, withdrawn_);
  if (!added_.empty()) compare_added(index, before);
}

void CatalogView::compare_added(const ContentIndex* index, const CatalogView* before) {
  std::unordered_map<std::string_view, std::size_t> compared;
  for (std::size_t i = 0; before != nullptr && i < before->added_.size(); ++i) {
    compared.emplace(before->added_[i]->key, i);
  }
  RowSums sums(counted_);
  std::vector<ItemId> filled;
  std::vector<std::vector<ItemWeight>> contents;
  for (std::size_t i = 0; i < added_.size(); ++i) {
    const auto item = static_cast<ItemId>(counted_ + i);
    filled.push_back(item);
    const auto same = compared.find(added_[i]->key);
    if (same != compared.end() && reads_alike(*before->added_[same->second], *added_[i])) {
      const auto row = before->like_added_->alike[same->second];
      contents.emplace_back(row.begin(), row.end());
    } else {
      contents.push_back(index == nullptr ? std::vector<ItemWeight>()
                                          : index->items_like(corpus_->catalog(), item, sums));
    }
  }
  like_added_ = std::make_shared<const ContentLikeness>(
      ContentLikeness::of(std::move(filled), SparseRows(std::move(contents)), ContentLikeness::kAlike));
}

std::vector<ItemId> CatalogView::counted_history(std::span<const ItemId> history) const {
  std::vector<ItemId> counted;
  for (const ItemId item : history) {
    if (is_counted(item)) {
      counted.push_back(item);
      continue;
    }
    std::vector<ItemWeight> alike(like(item).begin(), like(item).end());
    std::ranges::stable_sort(alike, [](const ItemWeight& a, const ItemWeight& b) { return a.weight < b.weight; });
    for (std::size_t i = alike.size() - std::min(kStandIns, alike.size()); i < alike.size(); ++i) {
      counted.push_back(alike[i].item);
    }
  }
  return counted;
}

LiveCatalogView::LiveCatalogView(std::shared_ptr<const Corpus> counted, ContentOptions content)
    : counted_(std::move(counted)), content_(content), view_(std::make_shared<const CatalogView>(counted_)) {}

std::shared_ptr<const CatalogView> LiveCatalogView::now() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

void LiveCatalogView::change(const CatalogChanges& changes) {
  std::call_once(indexed_, [this] {
    try {
      index_ = std::make_unique<const ContentIndex>(counted_->catalog(), content_);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInvalidArgument) throw;
      log_warning(std::string("new items can be found by their keys alone: ") + error.what());
    }
  });
  const std::lock_guard turn(changing_);
  const auto before = now();
  auto next = std::make_shared<const CatalogView>(counted_, changes, index_.get(), before.get());
  const std::lock_guard lock(mutex_);
  view_ = std::move(next);
}

}  // namespace p5
