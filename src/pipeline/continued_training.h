// Runs that go on: from the weights of an earlier one, or from their own checkpoint.
#pragma once

#include <filesystem>

#include "base/option_table.h"
#include "pipeline/forgetting.h"
#include "pipeline/run_fit.h"
#include "pipeline/run_place.h"

namespace p5 {

// A new run that goes on from the weights of the run `from`, with its configuration, on a corpus that has gained
// events, users or items since; empty: its own corpus as it is now. `overrides` may change all but options of scope
// model. Ids keep their meaning. Throws Corrupted (model), naming them, when items are gone.
TrainedRun train_from(const OptionTable& overrides, const std::filesystem::path& from,
                      const std::filesystem::path& corpus, const RunPlace& place, const StopToken& stop = {});

// train_from(), where a LoRA adapter on the run's weights learns to forget (pipeline/forget_batches.h): the corpus no
// longer has the users, and the new run no longer has their keys.
TrainedRun unlearn_run(const OptionTable& overrides, const std::filesystem::path& from, const RunPlace& place,
                       const Forgetting& forgetting, const StopToken& stop = {});

// train_from() for few weights: `new_share` of the examples are about events that the run was not trained on, the
// others replay old ones. The last weights are kept without a validation. Encoders, the fusion of the hybrid, and the
// run's own settings stay; new items join them. REQUIRES `overrides` that freshens() and check_freshening() take
// (pipeline/freshening.h).
TrainedRun freshen_run(const OptionTable& overrides, const std::filesystem::path& from,
                       const std::filesystem::path& corpus, const RunPlace& place, double new_share,
                       const StopToken& stop = {});

// Continues the run in `out` from its checkpoint; with more train.minutes than it has used also after its end. The
// run's own configuration counts; `overrides` are the options that the user gave now, and must agree with it except in
// budgets (train.minutes, train.checkpoint_minutes, device.*, evaluate.*). `corpus`: where the run's corpus is now;
// empty: where it was. Throws InvalidArgument naming both values, both corpora where it is another one, or the folder
// when another program trains there.
TrainedRun resume_run(const OptionTable& overrides, const std::filesystem::path& out,
                      const std::filesystem::path& corpus = {}, const StopToken& stop = {});

}  // namespace p5
