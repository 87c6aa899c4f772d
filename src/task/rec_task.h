// A recommendation task turns what a split knows into (source, target) texts. Thread-safe: all const.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "corpus/split.h"
#include "prompt/rendered_text.h"

namespace p5 {

// One training or evaluation example before tokenisation.
struct TaskExample {
  RenderedText source;
  RenderedText target;    // empty when the answer is not known
  std::string prompt_id;  // "2-3"
};

// A family of prompts over one view of the data. Samples are drawn by index, so that an epoch is a permutation.
class RecTask {
 public:
  virtual ~RecTask() = default;
  virtual std::string family() const = 0;
  // Data of the family: users for sequential and direct, train reviews for rating.
  virtual std::size_t datum_count() const = 0;
  // One training example of datum `index`: prompt uniform over those not held out, target and negatives by `rng`.
  virtual TaskExample sample(std::size_t index, Rng& rng) const = 0;
};

}  // namespace p5
