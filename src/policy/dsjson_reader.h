// Vowpal Wabbit's decision-service JSON lines (dsjson): contextual bandits with one action ("_label_cost",
// "_label_probability", "_label_Action", "a", "p", "c") and conditional ones with a slot per place ("_outcomes" with
// "_label_cost", "_a", "_p"). A reward is the negative of a cost. An action's key is the "_tag" or "id" of its place in
// "c._multi", else its number from 1; the user is "c.user". Thread-safe: free functions.
#pragma once

#include <filesystem>
#include <string_view>

#include "policy/decision_log.h"

namespace p5 {

bool looks_like_dsjson(std::string_view first_line);
// Counted and left out: decisions that are not for learning ("_skipLearn"), logs that were thinned ("pdrop" above 0),
// probabilities that contradict each other.
void read_dsjson(const std::filesystem::path& file, DecisionLog& log);

}  // namespace p5
