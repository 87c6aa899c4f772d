// Policies against a simulated world that answers: clicks and regret, day by day. Thread-safe: free functions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "p5/pipeline.h"
#include "p5/recommender.h"
#include "p5/stop_token.h"
#include "pipeline/played_policy.h"
#include "simulate/interactive_world.h"

namespace p5 {

struct PlayRequest {
  std::string run = {};            // joins the policies as "run"; empty: none
  std::filesystem::path out = {};  // folder for play.json, reward.svg and regret.svg; empty: none
  // A new folder in which the run is kept fresh by what is clicked (p5 update): it then joins as "updated". With these
  // options of it, "train.minutes=0.2".
  std::filesystem::path update = {};
  std::vector<std::string> update_settings = {};
  // A new folder for its lists and what was clicked of them, as p5 ope reads both: it then joins as "logged". `each`
  // says how lists are drawn; `against` are other runs, "RUN" or "RUN@SOURCE": what their lists would have earned in
  // the place of those of the log.
  std::filesystem::path log = {};
  RecommendRequest each = {};
  std::vector<std::string> against = {};
  RecommenderOptions recommender = {};
  StopToken stop = {};
};

// Each policy meets the same worlds, one per seed. Regret is what the best list would have earned on average, in the
// state that the policy has brought the user to, less what its list does. Runs that are kept fresh or logged play in
// one world. Throws InvalidArgument (request) otherwise, and for folders that are not new; Interrupted when it is
// stopped.
StageReport play(const PlayRequest& request, const WorldOptions& world, const PlayOptions& options);

}  // namespace p5
