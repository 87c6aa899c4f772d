// What the generations of an update are asked: each new event before anybody has learnt from it, and the held-out event
// of each user. Thread-safe: free functions; a Recommender serves one caller at a time.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "corpus/split.h"
#include "evaluate/estimate.h"
#include "p5/recommender.h"
#include "p5/stop_token.h"
#include "pipeline/update_events.h"
#include "pipeline/update_gate.h"
#include "pipeline/update_options.h"

namespace p5 {

// Test, then train (prequential; Dawid 1984, Gama et al. 2013): what a run would have shown just before each new event.
struct Prequential {
  std::size_t questions = 0, asked = 0;  // events that can be asked for; those that were drawn
  std::size_t repeats = 0;               // events of an item that the user had before, which no list shows
  Estimate hit_rate = {}, ndcg = {};     // at 10
};
// Histories are those of the corpus and the new events before this one, as the daemon has them. Throws Interrupted.
Prequential ask_before_learning(Recommender& recommender, const Corpus& corpus, std::span<const FeedbackEvent> events,
                                const UpdateOptions& options, const StopToken& stop);

// Questions after the history of a user alone, so that neither run may use what its own corpus has of them.
struct HeldOutQuestions {
  std::string name;       // of the group
  std::size_t users = 0;  // whose last event is of an item that they did not have before
  std::vector<RecommendRequest> requests = {};
  std::vector<std::string> targets = {};  // the item of each
};
// The test events of `split`, which leaves one out for each user, in up to three groups: users with new events, new
// users, users without new events. `before`: the corpus without the new events.
std::vector<HeldOutQuestions> held_out_questions(const Split& split, const Corpus& before,
                                                 std::span<const FeedbackEvent> events, const UpdateOptions& options);
// NDCG@10 of each question. Throws Interrupted.
std::vector<double> ndcg_of(Recommender& recommender, const HeldOutQuestions& questions, const StopToken& stop);

}  // namespace p5
