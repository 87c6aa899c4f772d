#include "evaluate/evaluate_options.h"

namespace p5 {

void EvaluateOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("evaluate.split", &split,
            {.help = "part whose targets are asked for", .flag = "split", .choices = {"test", "valid"}});
  table.add("evaluate.users", &users, {.help = "users drawn by seed for a quick look, 0 = all", .minimum = 0});
  table.add("evaluate.reviews", &reviews,
            {.help = "reviews drawn by seed for each prompt that asks about one, 0 = all", .minimum = 0});
  table.add("evaluate.examples", &examples,
            {.help = "written texts shown of each prompt that asks for one, drawn by seed",
             .flag = "examples",
             .minimum = 0,
             .maximum = 1000});
  table.add("evaluate.negatives", &negatives,
            {.help = "negatives beside the target of direct tasks", .minimum = 1, .maximum = 100000});
  table.add("evaluate.seed", &seed, {.help = "seed of drawn users and of the order of candidates", .minimum = 0});
  table.add("evaluate.list", &list,
            {.help = "items asked of a model that cannot score the whole catalogue", .minimum = 10, .maximum = 10000});
  table.add("evaluate.rows", &rows, {.help = "rows of the report beside the run, in this order"});
  table.add("evaluate.batch", &batch, {.help = "users asked at once", .minimum = 1, .maximum = 65536});
}

}  // namespace p5
