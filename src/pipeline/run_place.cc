#include "pipeline/run_place.h"

#include <fmt/format.h>

#include <system_error>

#include "p5/error.h"
#include "pipeline/run_directory.h"
#include "recommend/opened_sources.h"

namespace p5 {

RunPlace place_of(const TrainingWorld& world, const RunPlace& asked) {
  if (world.leads()) return asked;
  return {.out = fmt::format("{}.rank-{}", asked.out.string(), world.rank), .replace = true};
}

std::filesystem::path early_sources(const std::filesystem::path& out) { return out.string() + ".encoder"; }

void take_early_sources(const std::filesystem::path& out, const std::filesystem::path& run) {
  const std::filesystem::path early = early_sources(out);
  std::error_code failure;
  if (!std::filesystem::is_directory(early, failure)) return;
  std::filesystem::remove_all(sources_folder(run), failure);  // of a run that was killed before it was there
  std::filesystem::rename(early, sources_folder(run), failure);
  if (!failure) return;
  throw system_error("cannot move the encoder into its run", {.where = early.string(), .got = failure.message()});
}

void check_place(const RunPlace& place) {
  place.replace ? RunDirectory::require_replaceable(place.out) : RunDirectory::require_free(place.out);
  RunDirectory::require_writable(place.out);
}

}  // namespace p5
