// The items that a filter and a list of availability leave, worked out once for all requests that share them.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

// A part of the catalogue; both lists are ascending, and each item is in one of them.
struct ItemSelection {
  std::vector<ItemId> items, others;

  bool contains(ItemId item) const;
  // Restricts a query to the selection. Of candidates, where there are any, those of the selection stay; else the
  // shorter list is passed on: the items as candidates, or the others as excluded, so that a wide filter costs a source
  // little. Returns false when no candidate is left.
  bool restrict(std::vector<ItemId>& candidates, std::vector<ItemId>& exclude) const;
};

// Thread-safe: the workers of a run share one.
class ItemSelections {
 public:
  // The corpus must outlive this. No selection has the items `withdrawn`, ascending.
  explicit ItemSelections(const Corpus& corpus, std::vector<ItemId> withdrawn = {})
      : corpus_(&corpus), withdrawn_(std::move(withdrawn)) {}

  // Null when both are empty and no item is withdrawn: the whole catalogue. Keys that the corpus does not know are
  // passed over in `available`. Throws InvalidArgument (request) as ItemFilter, and when no item is left.
  std::shared_ptr<const ItemSelection> of(const std::string& where, const std::vector<std::string>& available);

 private:
  const Corpus* corpus_;
  std::vector<ItemId> withdrawn_;
  std::mutex mutex_;
  // The last one asked for: requests with different filters rarely alternate.
  std::string where_;
  std::vector<std::string> available_;
  std::shared_ptr<const ItemSelection> last_;
};

}  // namespace p5
