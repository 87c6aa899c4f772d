// Off-policy evaluation: what a run would have earned where another one answered. Thread-safe: free functions.
#pragma once

#include <string>

#include "p5/pipeline.h"
#include "p5/recommender.h"
#include "policy/ope_options.h"

namespace p5 {

struct OpeRequest {
  std::string log;
  std::string format = "auto";
  std::string feedback = {};  // a store or a file of events; a log of answers needs it, other logs have rewards
  std::string run = {};       // the policy in question; empty: `policy`
  std::string policy = {};    // without a run: "uniform" or "log"
  RecommenderOptions recommender = {};
  StopToken stop = {};
  RecommendRequest each = {};  // source, order and settings of the run
};

// Throws a data error for logs from which nothing follows: without propensities, of another catalogue.
StageReport evaluate_off_policy(const OpeRequest& request, const OpeOptions& options);

}  // namespace p5
