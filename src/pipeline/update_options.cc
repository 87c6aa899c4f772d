#include "pipeline/update_options.h"

#include <utility>
#include <vector>

namespace p5 {
namespace {

std::vector<std::pair<std::string, PromoteRule>> promote_rules() {
  return {{"not-worse", PromoteRule::kNotWorse}, {"better", PromoteRule::kBetter}, {"always", PromoteRule::kAlways}};
}

}  // namespace

std::string to_string(PromoteRule rule) {
  for (const auto& [name, known] : promote_rules()) {
    if (known == rule) return name;
  }
  return {};
}

void UpdateOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("update.min_events", &min_events,
            {.help = "new events that must wait before anything is trained", .minimum = 1, .maximum = 1e12});
  table.add("update.every", &every,
            {.help = "minutes after which a single new event is enough, with --follow; 0 = wait for min_events",
             .minimum = 0,
             .maximum = 1e6});
  table.add_choice(
      "update.promote", &promote, promote_rules(),
      {.help = "which update takes the run's place: one that is worse for no group of users beyond chance, one that is "
               "also better for all together, or each"});
  table.add("update.tolerance", &tolerance,
            {.help = "NDCG@10 that an update may lose: it is worse where the whole 95% interval is below that",
             .minimum = 0,
             .maximum = 1});
  table.add(
      "update.prequential", &prequential,
      {.help = "new events that the run is asked for before it learns from them, at most, drawn by seed; 0 = none",
       .minimum = 0,
       .maximum = 1e9});
  table.add("update.questions", &questions,
            {.help = "users of each group whose last event both generations are asked for, at most, drawn by seed",
             .minimum = 1,
             .maximum = 1e9});
  table.add("update.resamples", &resamples,
            {.help = "resamples of the bootstrap intervals", .minimum = 10, .maximum = 100000});
  table.add("update.keep", &keep,
            {.help = "newest generations whose folders are kept; the current one and its parent always are",
             .minimum = 1,
             .maximum = 100000});
  table.add("update.new_share", &new_share,
            {.help = "with --adapter or finetune.last_blocks: share of training examples that are about events which "
                     "the run was not trained on; the others replay old ones",
             .minimum = 0,
             .maximum = 1});
  table.add("update.seed", &seed, {.help = "seed of what is drawn", .minimum = 0});
}

}  // namespace p5
