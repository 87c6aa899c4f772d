#include "corpus/arranged_corpus.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "corpus/forwarding_corpus.h"

namespace p5 {
namespace {

class ArrangedCatalog final : public ItemCatalog {
 public:
  ArrangedCatalog(const ItemCatalog& base, std::vector<ItemId> order)
      : base_(&base), order_(std::move(order)), numbers_(order_.size()) {
    for (ItemId item = 0; item < order_.size(); ++item) numbers_[order_[item]] = item;
  }

  ItemId number_of(ItemId base_item) const { return numbers_[base_item]; }

  std::size_t size() const override { return order_.size(); }
  std::string_view key(ItemId item) const override { return base_->key(order_[item]); }
  std::string_view title(ItemId item) const override { return base_->title(order_[item]); }
  std::string_view brand(ItemId item) const override { return base_->brand(order_[item]); }
  std::string_view description(ItemId item) const override { return base_->description(order_[item]); }
  double price(ItemId item) const override { return base_->price(order_[item]); }
  std::vector<std::string_view> categories(ItemId item) const override { return base_->categories(order_[item]); }
  std::vector<Attribute> attributes(ItemId item) const override { return base_->attributes(order_[item]); }
  std::optional<ItemId> find(std::string_view key) const override {
    const auto found = base_->find(key);
    return found ? std::optional(numbers_[*found]) : std::nullopt;
  }

 private:
  const ItemCatalog* base_;
  std::vector<ItemId> order_, numbers_;  // the base's number of an item, and back
};

class ArrangedCorpus final : public ForwardingCorpus {
 public:
  ArrangedCorpus(std::shared_ptr<const Corpus> corpus, std::vector<ItemId> order)
      : ForwardingCorpus(std::move(corpus)), catalog_(base().catalog(), std::move(order)) {
    items_.reserve(base().interaction_count());
    for (const ItemId item : base().items()) items_.push_back(catalog_.number_of(item));
    if (!items_.empty()) items_with_events_ = std::size_t{*std::max_element(items_.begin(), items_.end())} + 1;
  }

  std::size_t item_count() const override { return catalog_.size(); }
  std::size_t interaction_count() const override { return items_.size(); }
  std::size_t items_with_events() const override { return items_with_events_; }
  std::span<const ItemId> items() const override { return items_; }
  const ItemCatalog& catalog() const override { return catalog_; }

 private:
  ArrangedCatalog catalog_;
  std::vector<ItemId> items_;
  std::size_t items_with_events_ = 0;
};

}  // namespace

std::shared_ptr<const Corpus> arrange_items(std::shared_ptr<const Corpus> corpus, std::vector<ItemId> order) {
  assert(order.size() == corpus->item_count());
  return std::make_shared<const ArrangedCorpus>(std::move(corpus), std::move(order));
}

}  // namespace p5
