// Asks a teacher, which is another run, for its items after the histories of training. Thread-safe: a free function.
#pragma once

#include <memory>

#include "model/device_options.h"
#include "p5/stop_token.h"
#include "pipeline/distil_options.h"
#include "recommend/loaded_run.h"
#include "retrieval/candidate_source.h"
#include "task/taught_items.h"

namespace p5 {

// Scores as a distribution: with log-scores p(i) ~ exp(s_i / T), else p(i) ~ s_i^(1 / T), over the list.
std::vector<Neighbor> taught_shares(const std::vector<Candidate>& list, bool logarithms, double temperature);

// For prefixes of the train part of each of the student's users, from one item on to one less than all. Throws
// InvalidArgument (request) for a student without evidence and for a teacher of another catalogue, NotFound for one
// that is no run or a source that it has not, Interrupted.
std::shared_ptr<const TaughtItems> ask_teacher(const DistilOptions& options, const LoadedRun& student,
                                               const DeviceOptions& device, const StopToken& stop);

}  // namespace p5
