// A training that is to forget some users (p5 forget --method unlearn): whom, by which settings, and under which keys
// the others go on. Thread-safe: free functions.
#pragma once

#include <memory>
#include <set>

#include "base/option_table.h"
#include "recommend/loaded_run.h"
#include "recommend/model_bundle.h"

namespace p5 {

// Whom a run is to forget, and the data that still has them.
struct Forgetting {
  std::shared_ptr<const LoadedRun> before;  // the run, on the corpus as it was
  std::set<UserId> users;                   // of that corpus
  double enough = 0;                        // -log p per token from which on an answer counts as forgotten
};

// Settings that nobody changed in `overrides`: few steps through an adapter beside the weights, the last of which
// count. It reaches the token table, where a small model keeps most of what it knows of single events.
void set_forgetting(const OptionTable& overrides, OptionTable& table);

// The bundle without the keys of the forgotten. The numbers of the other users stay, since the model knows them by
// these.
ModelBundle without_users(ModelBundle bundle, const Forgetting& forgetting);

}  // namespace p5
