// Why a user judged an item: a sentence and the feature it is about. A plain value.
#pragma once

#include <cstddef>
#include <string>

namespace p5 {

struct Explanation {
  std::size_t interaction = 0;  // position in the corpus
  std::string feature;          // plain words
  std::string sentence;         // as written, with single blanks
  std::string opinion = {};     // the word that judges; empty when not known
};

}  // namespace p5
