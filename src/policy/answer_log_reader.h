// Answers that a daemon wrote (serve.answer_log; docs/formats.md), joined with the feedback that names their requests.
// Thread-safe: free functions.
#pragma once

#include <filesystem>
#include <span>

#include "online/feedback_event.h"
#include "policy/decision_log.h"
#include "policy/reward_rules.h"

namespace p5 {

// One decision per answer; what came of it is not known yet. An answer without propensities, which was not drawn, is
// counted and left out.
void read_answer_log(const std::filesystem::path& file, DecisionLog& log);

// Gives each item shown the greatest of the rewards of its events, so that two clicks on one item count as one. Events
// that fit no answer are counted: of no request of the log, of an item that the answer did not show, earlier than the
// answer, twice by their id.
void join_feedback(std::span<const FeedbackEvent> events, const RewardRules& rules, DecisionLog& log);

}  // namespace p5
