#include "cli/exploration_argument.h"

#include "p5/error.h"
#include "retrieval/rerank_options.h"

namespace p5::cli {

Argument exploration_argument(std::string& policy) {
  return {.kind = Argument::Kind::kText,
          .name = "explore",
          .help = "draw the order at random, with the propensity of each place: " + RerankOptions::exploring_methods() +
                  "; rerank.* options say how far",
          .text = &policy,
          .value = "POLICY"};
}

Argument bandits_argument(std::string& folder) {
  return {.kind = Argument::Kind::kText,
          .name = "bandits",
          .help = "folder that p5 serve --bandits has kept, for linucb, thompson and neural",
          .text = &folder,
          .value = "FOLDER"};
}

void apply_exploration(const std::string& policy, RecommendRequest& request) {
  if (policy.empty()) return;
  if (!request.rerank.empty()) {
    throw usage_error("explore draws the order",
                      {.where = "request.rerank", .expected = "none next to --explore", .got = request.rerank});
  }
  if (!RerankOptions::explores(policy)) {
    throw usage_error(
        "no such exploration",
        {.where = "request.explore", .expected = RerankOptions::exploring_methods(), .got = "'" + policy + "'"});
  }
  request.rerank = policy;
}

}  // namespace p5::cli
