#include "pipeline/run_place.h"

#include <fmt/format.h>

#include "pipeline/run_directory.h"

namespace p5 {

RunPlace place_of(const TrainingWorld& world, const RunPlace& asked) {
  if (world.leads()) return asked;
  return {.out = fmt::format("{}.rank-{}", asked.out.string(), world.rank), .replace = true};
}

void check_place(const RunPlace& place) {
  place.replace ? RunDirectory::require_replaceable(place.out) : RunDirectory::require_free(place.out);
  RunDirectory::require_writable(place.out);
}

}  // namespace p5
