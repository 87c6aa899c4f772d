// Policies against a simulated world that answers: clicks and regret, day by day. Thread-safe: free functions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "p5/pipeline.h"
#include "p5/stop_token.h"
#include "pipeline/played_policy.h"
#include "simulate/interactive_world.h"

namespace p5 {

struct PlayRequest {
  std::string run = {};            // joins the policies as "run"; empty: none
  std::filesystem::path out = {};  // folder for play.json, reward.svg and regret.svg; empty: none
  RecommenderOptions recommender = {};
  StopToken stop = {};
};

// Each policy meets the same worlds, one per seed. Regret is what the best list would have earned on average, in the
// state that the policy has brought the user to, less what its list does. Throws Interrupted when it is stopped.
StageReport play(const PlayRequest& request, const WorldOptions& world, const PlayOptions& options);

}  // namespace p5
