// Policies that answer the users of a simulated world, day after day, and learn from what is clicked. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "simulate/interactive_world.h"

namespace p5 {

struct PlayOptions {
  std::vector<std::string> policies = {"random",   "popularity", "greedy",   "epsilon", "softmax",
                                       "squarecb", "linucb",     "thompson", "oracle"};
  std::int64_t k = 10;             // items of a list
  std::int64_t seeds = 3;          // worlds, whose seeds follow one another
  double epsilon = 0.1;            // of epsilon: as rerank.strength, here and in the next two
  double temperature = 0.1;        // of softmax, over relevance
  double squarecb = 0.02;          // of squarecb
  double alpha = 0.1;              // of linucb: standard errors that are added to a prediction
  double thompson = 0.1;           // of thompson: standard errors of the draws
  std::int64_t update_visits = 0;  // of a run that is kept fresh: lists between two rounds; 0: those of a day

  void bind(OptionTable& table);  // rows play.*
};

class PlayedPolicy {
 public:
  virtual ~PlayedPolicy() = default;
  // At most k items that are out, each once.
  virtual std::vector<std::uint32_t> list(std::uint32_t user, std::size_t k) = 0;
  virtual void learn(std::uint32_t user, std::span<const std::uint32_t> list, const std::vector<bool>& clicks) = 0;
};

// The names of all policies that need no run.
std::vector<std::string> played_policies();
// Borrows the world, of which only "oracle" knows what users like. Throws a usage error for an unknown name.
std::unique_ptr<PlayedPolicy> make_played_policy(const std::string& name, const InteractiveWorld& world,
                                                 const PlayOptions& options, std::uint64_t seed);

}  // namespace p5
