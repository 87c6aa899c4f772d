// --explore: an order of lists that is drawn. Thread-safe: free functions.
#pragma once

#include <string>

#include "cli/verb.h"
#include "p5/recommender.h"

namespace p5::cli {

// Where policies that learn have kept what they know.
Argument bandits_argument(std::string& folder);
Argument exploration_argument(std::string& policy);
// Makes the policy the request's order; an empty one changes nothing. Throws InvalidArgument for a policy that does not
// explore, and next to another order.
void apply_exploration(const std::string& policy, RecommendRequest& request);

}  // namespace p5::cli
