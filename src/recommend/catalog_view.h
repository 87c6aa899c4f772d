// The items and users that answers may name: those of the run's corpus, with what was changed since. Immutable and
// thread-safe; a request is answered by one view from its beginning to its end.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "corpus/amended_corpus.h"
#include "p5/recommender.h"
#include "recommend/item_selections.h"
#include "retrieval/content_filled_source.h"
#include "retrieval/content_index.h"

namespace p5 {

class CatalogView {
 public:
  // Without changes.
  explicit CatalogView(std::shared_ptr<const Corpus> counted);
  // `index` is of the counted corpus, null where it has no content. What reads like an added item is taken from
  // `before`, the view that this one follows, where the item is the same there.
  CatalogView(std::shared_ptr<const Corpus> counted, const CatalogChanges& changes, const ContentIndex* index,
              const CatalogView* before);

  const Corpus& corpus() const { return *corpus_; }
  // Whether the run's corpus has the item, so that sources and models can be asked about it.
  bool is_counted(ItemId item) const { return item < counted_; }
  std::size_t counted() const { return counted_; }
  // Null where no item was added.
  const std::shared_ptr<const ContentLikeness>& like_added() const { return like_added_; }
  // The counted items that read most like an added one, with weights that sum to 1; may be empty.
  std::span<const ItemWeight> like(ItemId added) const { return like_added_->alike[added - counted_]; }
  // The history as a source knows it: an added item is replaced by those that read most like it, the nearest last.
  std::vector<ItemId> counted_history(std::span<const ItemId> history) const;
  // Items that must not be recommended, ascending.
  const std::vector<ItemId>& withdrawn() const { return withdrawn_; }
  bool is_available(ItemId item) const { return !std::ranges::binary_search(withdrawn_, item); }
  const std::shared_ptr<ItemSelections>& selections() const { return selections_; }

 private:
  void compare_added(const ContentIndex* index, const CatalogView* before);

  std::size_t counted_;
  std::shared_ptr<const Corpus> corpus_;
  std::vector<std::shared_ptr<const ItemRecord>> added_;
  std::shared_ptr<const ContentLikeness> like_added_;
  std::vector<ItemId> withdrawn_;
  std::shared_ptr<ItemSelections> selections_;
};

// The view of all workers of a run, which changes as a whole. Thread-safe.
class LiveCatalogView {
 public:
  LiveCatalogView(std::shared_ptr<const Corpus> counted, ContentOptions content);

  std::shared_ptr<const CatalogView> now() const;
  // In place of all earlier changes.
  void change(const CatalogChanges& changes);

 private:
  std::shared_ptr<const Corpus> counted_;
  ContentOptions content_;
  std::once_flag indexed_;
  std::unique_ptr<const ContentIndex> index_;  // made at the first change; null where the corpus has no content
  std::mutex changing_;
  mutable std::mutex mutex_;
  std::shared_ptr<const CatalogView> view_;
};

}  // namespace p5
