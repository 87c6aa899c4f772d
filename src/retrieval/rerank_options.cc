#include "retrieval/rerank_options.h"

namespace p5 {

void RerankOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kAnswer);
  table.add_choice("rerank.method", &method,
                   {{"none", Method::kNone},
                    {"mmr", Method::kMmr},
                    {"dpp", Method::kDpp},
                    {"calibrate", Method::kCalibrate},
                    {"shuffle", Method::kShuffle}},
                   {.help = "order of a list: the source's, more diverse (mmr, dpp), by the categories of the user's "
                            "history (calibrate), or its tail drawn at random (shuffle)"});
  table.add("rerank.strength", &strength,
            {.help = "how far the order may move from the source's: 0 not at all, 1 without regard to its scores",
             .minimum = 0,
             .maximum = 1});
  table.add("rerank.pool", &pool,
            {.help = "candidates of the source that the list is chosen from", .minimum = 1, .maximum = 10000});
  table.add("rerank.fixed", &fixed,
            {.help = "shuffle: first places that are never shuffled", .minimum = 0, .maximum = 10000});
  table.add("rerank.seed", &seed,
            {.help = "shuffle: seed of the draw; a user's draw depends on it and the user's items"});
  table.add_choice("rerank.similarity", &similarity,
                   {{"auto", ItemSimilarity::Basis::kAuto},
                    {"features", ItemSimilarity::Basis::kFeatures},
                    {"users", ItemSimilarity::Basis::kUsers}},
                   {.help = "what makes items alike: shared features, shared training users, or features where half of "
                            "the items have any"});
}

}  // namespace p5
