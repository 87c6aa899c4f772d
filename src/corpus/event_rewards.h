// What the events of a corpus are worth, for learning from rewards: by their type, or by the stars that they carry.
// Immutable; thread-safe. Borrows the corpus.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

class EventRewards {
 public:
  // "purchase=1": what an event of a type earns; "rating=value": an event with a rating earns its place on the corpus's
  // scale, from 0 for the lowest to 1 for the highest. The type comes first. What neither names earns 1. Throws a usage
  // error that names `option` for other texts.
  EventRewards(const std::vector<std::string>& rules, const Corpus& corpus, const std::string& option);

  double of(std::size_t interaction) const;

 private:
  const Corpus* corpus_;
  std::vector<std::pair<std::string, double>> by_type_;
  bool by_rating_ = false;
};

}  // namespace p5
