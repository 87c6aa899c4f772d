#include "recommend/cold_places.h"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/logger.h"
#include "p5/error.h"
#include "recommend/candidate_sources.h"
#include "recommend/opened_sources.h"
#include "retrieval/cold_places_source.h"

namespace p5 {
namespace {

ListCalibration scale_from(const FittedState& state) {
  const auto values = state.get<double>("factor_covered", 2);
  return {.factor = values[0], .covered = values[1]};
}

// What the model's scores say about probabilities: learnt once, with the validation part, and kept.
ListCalibration calibration_of(const CandidateSource& source, const ColdItemsSource& cold, const SourceInputs& inputs) {
  const auto [file, origin] = place_beside(require_candidate_source(kColdItems), "p5-scale", inputs);
  if (!inputs.folder.empty()) {
    if (const auto state = FittedState::load(file, origin)) return scale_from(*state);
  }
  const std::optional<FittedState> earlier = state_as_earlier(origin.source, inputs);
  const ListCalibration found =
      earlier ? scale_from(*earlier) : calibrate_source(source, cold, inputs.ranking(), inputs.stop);
  if (inputs.folder.empty() || !inputs.keep) return found;
  FittedState state;
  state.put("factor_covered", std::vector<double>{found.factor, found.covered});
  try {
    state.save(file, origin);
  } catch (const Error& error) {  // answers do not depend on it
    log_warning(std::string("what scores say about probabilities was not saved: ") + error.what());
  }
  return found;
}

}  // namespace

std::unique_ptr<CandidateSource> with_cold_places(std::unique_ptr<CandidateSource> source, const SourceInputs& inputs) {
  source = over_all_items(std::move(source), inputs);
  auto cold = open_cold_items(inputs);
  if (cold == nullptr) return source;
  const ListCalibration calibration = calibration_of(*source, *cold, inputs);
  return std::make_unique<ColdPlacesSource>(std::move(source), std::move(cold), calibration,
                                            inputs.options.cold.weight);
}

std::shared_ptr<const ColdItemsSource> open_cold_items(const SourceInputs& inputs) {
  if (inputs.options.cold.weight == 0 || !inputs.ranking().is_sequential()) return nullptr;
  std::shared_ptr<const CandidateSource> opened;
  if (inputs.part) {
    opened = std::shared_ptr<const CandidateSource>(std::shared_ptr<void>(), &inputs.part(std::string(kColdItems)));
  } else {
    opened = open_candidate_source(kColdItems, inputs);
  }
  auto cold = std::dynamic_pointer_cast<const ColdItemsSource>(std::move(opened));
  return cold == nullptr || cold->empty() ? nullptr : cold;
}

}  // namespace p5
