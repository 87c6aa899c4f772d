// Removes users: from the corpus, the feedback, and the run with all that it keeps, whose model is made anew. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "p5/pipeline.h"
#include "pipeline/filtered_corpus.h"
#include "pipeline/membership_test.h"

namespace p5 {

struct ForgetReport {
  std::string run, corpus, method;
  RemovedUsers corpus_removed;
  std::uint64_t feedback_removed = 0;  // events of the store
  // Losses of the model before and after; none where the run has not been trained on what comes next.
  std::optional<MembershipTest::Result> before, after;
  double seconds = 0;  // of the training
};

// Throws NotFound (request) for a key that neither the corpus nor the feedback has; nothing is changed then. Where the
// training fails or is stopped, the data is gone already and the run is as it was; the same call goes on.
ForgetReport forget_users(const ForgetRequest& request);

std::string to_json(const ForgetReport& report);
std::string to_text(const ForgetReport& report);

}  // namespace p5
