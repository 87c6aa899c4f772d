// A corpus with other facts about some items, with items that it did not have, and without some users: what a shop
// changed since the corpus was made. Thread-safe: all const.
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

struct CorpusAmendment {
  // Each key once. A record takes the place of the corpus's own; items that the corpus does not have get the numbers
  // after its own, in this order, and have no event.
  std::vector<std::shared_ptr<const ItemRecord>> items;
  // Keys of users whom find_user() no longer gives. Their events stay, so that what was counted of them stays true.
  std::unordered_set<std::string> forgotten;
};

std::shared_ptr<const Corpus> amend(std::shared_ptr<const Corpus> corpus, CorpusAmendment amendment);

}  // namespace p5
