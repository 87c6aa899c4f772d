// A run as a policy whose value is to be estimated: what it would have answered to the requests of a log, with the
// order and the exploration that are asked of it. Not thread-safe: it asks one Recommender.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "p5/recommender.h"
#include "p5/stop_token.h"
#include "policy/target_policy.h"

namespace p5 {

class RunPolicy final : public TargetPolicy {
 public:
  // Of `each`, source, order and settings count. `name` is what reports call it. The recommender outlives this.
  RunPolicy(Recommender& recommender, RecommendRequest each, std::string name, StopToken stop = {})
      : recommender_(&recommender), each_(std::move(each)), name_(std::move(name)), stop_(std::move(stop)) {}

  std::string name() const override { return name_; }
  bool knows(const std::string& item) const override { return recommender_->has_item(item); }
  // Throws InvalidArgument for a run that draws its lists and a log whose propensities are of later places alone: what
  // the run shows there whatever is above has no closed form; Interrupted when it is stopped.
  std::vector<PolicyView> look(std::span<const LoggedDecision> decisions) override;

 private:
  RecommendRequest request_of(const LoggedDecision& decision);
  void give_history(const LoggedDecision& decision, RecommendRequest& request);
  std::vector<std::string> known(const std::vector<std::string>& items) const;

  Recommender* recommender_;
  RecommendRequest each_;
  std::string name_;
  StopToken stop_;
  std::unordered_map<std::string, std::vector<std::string>> histories_;  // of users, as the run's corpus has them
};

}  // namespace p5
