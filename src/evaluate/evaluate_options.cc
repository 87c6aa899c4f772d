#include "evaluate/evaluate_options.h"

namespace p5 {

RankingFigures EvaluateOptions::figures() const {
  RankingFigures figures{.cutoffs = {}, .more = metrics};
  for (const std::string& cutoff : k) figures.cutoffs.push_back(std::stoll(cutoff));
  return figures;
}

void EvaluateOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("evaluate.split", &split, {.help = "split to evaluate on", .flag = "split", .choices = {"test", "valid"}});
  table.add("evaluate.users", &users,
            {.help = "users sampled by seed, and their reviews where stars are asked for, for a quick look; 0 = all",
             .minimum = 0});
  table.add("evaluate.reviews", &reviews,
            {.help = "reviews sampled by seed per prompt that asks about one; 0 = all", .minimum = 0});
  table.add("evaluate.examples", &examples,
            {.help = "generated texts shown per prompt that asks for one, sampled by seed",
             .flag = "examples",
             .minimum = 0,
             .maximum = 1000});
  table.add("evaluate.negatives", &negatives,
            {.help = "negatives per user next to the target, in direct tasks", .minimum = 1, .maximum = 100000});
  table.add("evaluate.seed", &seed,
            {.help = "seed of sampled users and reviews and of the order of candidates", .minimum = 0});
  table.add("evaluate.list", &list,
            {.help = "items per list of a model that cannot score the catalogue", .minimum = 10, .maximum = 10000});
  table.add(
      "evaluate.k", &k,
      {.help = "cut-offs of ranking metrics, such as [1, 5, 10, 20]; 10 is always among them. Lists are as long as "
               "the largest",
       .minimum = 1,
       .maximum = 10000});
  table.add("evaluate.metrics", &metrics,
            {.help = "ranking metrics at each cut-off in addition to hit rate (hr), NDCG and MRR over all items",
             .choices = further_ranking_metrics()});
  table.add("evaluate.rows", &rows, {.help = "rows of the report that the run is compared with, in this order"});
  table.add("evaluate.batch", &batch, {.help = "users per batch", .minimum = 1, .maximum = 65536});
}

}  // namespace p5
