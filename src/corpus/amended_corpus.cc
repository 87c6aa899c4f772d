#include "corpus/amended_corpus.h"

#include <unordered_map>
#include <utility>

#include "corpus/forwarding_corpus.h"

namespace p5 {
namespace {

class AmendedCatalog final : public ItemCatalog {
 public:
  AmendedCatalog(const ItemCatalog& base, std::vector<std::shared_ptr<const ItemRecord>> records)
      : base_(&base), records_(std::move(records)) {
    for (const auto& record : records_) {
      if (const auto item = base.find(record->key)) {
        changed_.emplace(*item, record.get());
        continue;
      }
      added_numbers_.emplace(record->key, static_cast<ItemId>(base.size() + added_.size()));
      added_.push_back(record.get());
    }
  }

  std::size_t size() const override { return base_->size() + added_.size(); }
  std::string_view key(ItemId item) const override {
    return item < base_->size() ? base_->key(item) : std::string_view(added_[item - base_->size()]->key);
  }
  std::string_view title(ItemId item) const override {
    const ItemRecord* record = record_of(item);
    return record == nullptr ? base_->title(item) : std::string_view(record->title);
  }
  std::string_view brand(ItemId item) const override {
    const ItemRecord* record = record_of(item);
    return record == nullptr ? base_->brand(item) : std::string_view(record->brand);
  }
  std::string_view description(ItemId item) const override {
    const ItemRecord* record = record_of(item);
    return record == nullptr ? base_->description(item) : std::string_view(record->description);
  }
  double price(ItemId item) const override {
    const ItemRecord* record = record_of(item);
    return record == nullptr ? base_->price(item) : record->price;
  }
  std::vector<std::string_view> categories(ItemId item) const override {
    const ItemRecord* record = record_of(item);
    if (record == nullptr) return base_->categories(item);
    return {record->categories.begin(), record->categories.end()};
  }
  std::vector<Attribute> attributes(ItemId item) const override {
    const ItemRecord* record = record_of(item);
    return record == nullptr ? base_->attributes(item) : record->attributes;
  }
  std::optional<ItemId> find(std::string_view key) const override {
    const auto added = added_numbers_.find(key);
    return added == added_numbers_.end() ? base_->find(key) : std::optional(added->second);
  }

 private:
  // Null where the base knows best.
  const ItemRecord* record_of(ItemId item) const {
    if (item >= base_->size()) return added_[item - base_->size()];
    const auto found = changed_.find(item);
    return found == changed_.end() ? nullptr : found->second;
  }

  const ItemCatalog* base_;
  std::vector<std::shared_ptr<const ItemRecord>> records_;
  std::unordered_map<ItemId, const ItemRecord*> changed_;
  std::vector<const ItemRecord*> added_;
  std::unordered_map<std::string_view, ItemId> added_numbers_;  // by key
};

class AmendedCorpus final : public ForwardingCorpus {
 public:
  AmendedCorpus(std::shared_ptr<const Corpus> corpus, CorpusAmendment amendment)
      : ForwardingCorpus(std::move(corpus)),
        catalog_(base().catalog(), std::move(amendment.items)),
        forgotten_(std::move(amendment.forgotten)) {}

  std::size_t item_count() const override { return catalog_.size(); }
  std::optional<UserId> find_user(std::string_view key) const override {
    return forgotten_.contains(std::string(key)) ? std::nullopt : base().find_user(key);
  }
  const ItemCatalog& catalog() const override { return catalog_; }

 private:
  AmendedCatalog catalog_;
  std::unordered_set<std::string> forgotten_;
};

}  // namespace

std::shared_ptr<const Corpus> amend(std::shared_ptr<const Corpus> corpus, CorpusAmendment amendment) {
  return std::make_shared<const AmendedCorpus>(std::move(corpus), std::move(amendment));
}

}  // namespace p5
