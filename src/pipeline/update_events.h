// Which events of feedback an update learns from, and why not from the others. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "corpus/corpus.h"
#include "online/feedback_event.h"
#include "p5/recommender.h"
#include "policy/decision_log.h"

namespace p5 {

struct UpdateEvents {
  std::vector<FeedbackEvent> used;         // by time, and events of equal times as they came
  std::size_t read = 0;                    // all
  std::size_t users = 0, new_users = 0;    // of the used ones; users whom the corpus does not know
  std::size_t unknown_items = 0;           // events of items that neither corpus nor shop have
  std::int64_t first_ms = 0, last_ms = 0;  // of the used ones
  LogProblems problems = {};               // why the others are not used
};

// Takes the events of a log in their order. An event is used unless its id came before, it names no user or item, its
// item is unknown, its type is no sign of interest (LiveHistories::is_interest), its time is missing or in the future,
// its rating is not on the corpus's scale, the corpus has it, or the corpus has a later one of the user: then it is no
// longer known what stood before it, and the user's held-out event might be one that a model was trained on.
class UpdateEventChooser {
 public:
  static constexpr const char* kUnknownItem = "an unknown item";
  static constexpr const char* kInCorpus = "in the corpus already";
  static constexpr const char* kTooEarly = "earlier than the user's last event in the corpus";

  // `changes`: what the shop has changed, whose items count as known and whose forgotten users do not. `now_ms`: events
  // more than a day later are in the future.
  UpdateEventChooser(const Corpus& corpus, const CatalogChanges& changes, std::int64_t now_ms);

  void add(const FeedbackEvent& event);
  UpdateEvents finish();

 private:
  // Why the event is not used; empty: it is.
  std::string_view refusal(const FeedbackEvent& event);
  std::string_view refusal_by_corpus(const FeedbackEvent& event) const;

  const Corpus* corpus_;
  std::int64_t latest_ms_;
  std::unordered_set<std::string> new_items_, forgotten_, ids_;
  UpdateEvents events_;
};

// The rating that an event gives: the value of a rating or a review where the corpus has ratings, else none.
float rating_of(const FeedbackEvent& event, const Corpus& corpus);

}  // namespace p5
