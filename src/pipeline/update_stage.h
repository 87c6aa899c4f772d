// Keeps a served run fresh: what users did since is tested on, then trained on, and the new generation takes the run's
// place by rule, with a way back. The folder is described in pipeline/update_folder.h; docs/retraining.md is the guide.
// Thread-safe: free functions; two calls for one folder refuse each other.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "p5/pipeline.h"
#include "pipeline/update_options.h"

namespace p5 {

struct UpdateRequest {
  std::filesystem::path folder;
  std::string from;        // a store of feedback, or a file of its lines; "-": stdin
  std::string run = {};    // generation 0, where the folder is made
  Settings settings = {};  // of the training, as of TrainRequest::from; train.minutes is 2 where nobody sets it
  StopToken stop = {};
};

// One round. Nothing is changed where fewer than update.min_events events can be learnt from. Throws InvalidArgument,
// NotFound and data errors for what cannot be updated: another folder, a run whose corpus has changed or is not split
// by leaving one out, a source of another catalogue; Interrupted when it is stopped. An update that fails or is stopped
// leaves everything as it was.
StageReport update_run(const UpdateRequest& request, const UpdateOptions& options);

// Rounds until it is stopped, each told to `heard`: one begins when update.min_events wait, or, after update.every
// minutes, when one does. A round that is stopped is thrown away. A store that goes away is waited for, up to a minute
// between two tries. Throws as update_run(), except for that.
StageReport follow_updates(const UpdateRequest& request, const UpdateOptions& options,
                           const std::function<void(const StageReport&)>& heard);

// The generations of a folder.
StageReport show_updates(const std::filesystem::path& folder);

// Makes the parent of the current generation current: what the latter learnt from waits again. Throws InvalidArgument
// (request) where there is no parent, or its folder is gone.
StageReport roll_back_update(const std::filesystem::path& folder);

}  // namespace p5
