// Where training by units gets its examples: private training clips what each unit adds to a step, federated training
// lets each train on its own (train/unit_steps_module.h).
#pragma once

#include <cstdint>

#include "text/token_batch.h"

namespace p5 {

class UnitSource {
 public:
  virtual ~UnitSource() = default;
  virtual std::int64_t size() const = 0;
  // Examples of the unit in an epoch, at least 1.
  virtual std::int64_t examples(std::int64_t unit) const = 0;
  // How often it is drawn, in (0, 1], relative to the most frequent units.
  virtual double share(std::int64_t unit) const = 0;
  // `rows` of its examples, for its visit number `visit`: the same call gives the same rows.
  virtual TokenBatch draw(std::int64_t unit, std::uint64_t visit, std::int64_t rows) = 0;
};

}  // namespace p5
