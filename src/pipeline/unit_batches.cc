#include "pipeline/unit_batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "p5/error.h"

namespace p5 {

UnitBatches::UnitBatches(BatchStream& stream, const UnitExamples& examples, std::int64_t per_step)
    : stream_(&stream), examples_(&examples) {
  double shares = 0;
  for (std::size_t unit = 0; unit < examples.size(); ++unit) shares += examples.share(unit);
  batches_per_epoch_ = std::max<std::int64_t>(1, std::llround(shares / static_cast<double>(per_step)));
}

std::string UnitBatches::state() const { return fmt::format("p5-units-1 {:016x}", examples_->fingerprint()); }

void UnitBatches::set_state(const std::string& state) {
  if (state == this->state()) return;
  throw model_error("the units of the training belong to another run",
                    {.where = "checkpoint", .expected = this->state(), .got = state});
}

}  // namespace p5
