#include "pipeline/time_shares.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "pipeline/index_stage.h"
#include "recommend/numbered_name.h"

namespace p5 {
namespace {

constexpr const char* kOrigin = "train.minutes";

bool trains_encoder(const RunConfig& config) {
  const auto is_encoder = [](const std::string& name) { return split_number(name).row == "encoder"; };
  if (is_encoder(config.train.item_vectors) || makes_ids_of_own_encoder(config)) return true;
  const HybridOptions& hybrid = config.sources.hybrid;
  return hybrid.after_training && std::ranges::any_of(hybrid.sources, is_encoder);
}

void set_share(const char* key, double minutes, OptionTable& table) {
  if (table.find(key)->origin == "default") table.set(key, fmt::format("{:g}", minutes), kOrigin);
}

}  // namespace

void share_minutes(const RunConfig& config, OptionTable& table) {
  const double minutes = config.train.minutes;
  if (minutes <= 0 || !trains_encoder(config)) return;
  constexpr TimeShares kShares;
  set_share("encoder.max_minutes", kShares.encoder * minutes, table);
  set_share("train.own_minutes", kShares.model * minutes, table);
}

}  // namespace p5
