#include "retrieval/hybrid_options.h"

namespace p5 {

void HybridOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add_choice("hybrid.method", &method,
                   {{"auto", Method::kAuto},
                    {"rrf", Method::kRrf},
                    {"probability", Method::kProbability},
                    {"log", Method::kLog},
                    {"learned", Method::kLearned}},
                   {.help = "hybrid: how scores are fused; auto: what ranks best on the validation part"});
  table.add("hybrid.sources", &sources,
            {.help = "hybrid: the sources that it fuses; encoder#2, encoder#3 are the encoder with further seeds; "
                     "empty: all that the run has"});
  table.add("hybrid.pool", &pool,
            {.help = "hybrid: best items of each source that are fused", .minimum = 1, .maximum = 10000});
  table.add(
      "hybrid.list", &list,
      {.help = "hybrid: items taken from a source that cannot score all, such as p5", .minimum = 1, .maximum = 10000});
  table.add("hybrid.users", &users,
            {.help = "hybrid: validation users that it is fit on, sampled by seed; 0 = all", .minimum = 0});
  table.add("hybrid.rerank", &rerank,
            {.help = "hybrid: best fused items that the learned ranker orders anew", .minimum = 2, .maximum = 10000});
  table.add("hybrid.trees", &trees, {.help = "hybrid: trees of the learned ranker", .minimum = 1, .maximum = 10000});
  table.add("hybrid.seed", &seed, {.help = "hybrid: samples and folds of users", .minimum = 0});
  table.add("hybrid.after_training", &after_training,
            {.help = "p5 train fits sources and hybrid at its end", .flag = "hybrid"});
}

}  // namespace p5
