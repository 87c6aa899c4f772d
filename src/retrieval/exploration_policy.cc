#include "retrieval/exploration_policy.h"

#include "retrieval/epsilon_greedy_policy.h"
#include "retrieval/softmax_policy.h"
#include "retrieval/square_cb_policy.h"

namespace p5 {

std::unique_ptr<ExplorationPolicy> make_exploration_policy(const RerankOptions& options) {
  using Method = RerankOptions::Method;
  if (options.strength <= 0) return nullptr;
  switch (options.method) {
    case Method::kShuffle:
      return std::make_unique<SoftmaxPolicy>(options.strength, SoftmaxPolicy::Scale::kRelevance);
    case Method::kSoftmax:
      return std::make_unique<SoftmaxPolicy>(options.strength, SoftmaxPolicy::Scale::kScore);
    case Method::kEpsilon:
      return std::make_unique<EpsilonGreedyPolicy>(options.strength);
    case Method::kSquareCb:
      return std::make_unique<SquareCbPolicy>(options.strength);
    default:
      return nullptr;
  }
}

}  // namespace p5
