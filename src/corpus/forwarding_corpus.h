// A corpus that says what another one says: the base of those that change a part of it. Thread-safe: all const.
#pragma once

#include <memory>
#include <utility>

#include "corpus/corpus.h"

namespace p5 {

class ForwardingCorpus : public Corpus {
 public:
  explicit ForwardingCorpus(std::shared_ptr<const Corpus> base) : base_(std::move(base)) {}

  const CorpusInfo& info() const override { return base_->info(); }
  std::size_t user_count() const override { return base_->user_count(); }
  std::size_t item_count() const override { return base_->item_count(); }
  std::size_t interaction_count() const override { return base_->interaction_count(); }
  std::size_t items_with_events() const override { return base_->items_with_events(); }
  Range range_of(UserId user) const override { return base_->range_of(user); }

  std::span<const UserId> users() const override { return base_->users(); }
  std::span<const ItemId> items() const override { return base_->items(); }
  std::span<const float> ratings() const override { return base_->ratings(); }
  std::span<const std::int64_t> times() const override { return base_->times(); }
  std::span<const float> weights() const override { return base_->weights(); }
  std::span<const std::uint8_t> given_parts() const override { return base_->given_parts(); }
  std::string_view event(std::size_t i) const override { return base_->event(i); }
  std::string_view review(std::size_t i) const override { return base_->review(i); }
  std::string_view headline(std::size_t i) const override { return base_->headline(i); }
  std::vector<Attribute> attributes(std::size_t i) const override { return base_->attributes(i); }

  std::string_view user_key(UserId user) const override { return base_->user_key(user); }
  std::string_view user_name(UserId user) const override { return base_->user_name(user); }
  std::vector<Attribute> user_attributes(UserId user) const override { return base_->user_attributes(user); }
  std::optional<UserId> find_user(std::string_view key) const override { return base_->find_user(key); }
  const ItemCatalog& catalog() const override { return base_->catalog(); }

 protected:
  const Corpus& base() const { return *base_; }

 private:
  std::shared_ptr<const Corpus> base_;
};

}  // namespace p5
