// Who stops and who hears a call of the C interface. Not thread-safe: one per call.
#pragma once

#include <optional>

#include "p5/c_api.h"
#include "p5/stop_token.h"
#include "p5/work_listener.h"

struct p5_stop {
  p5::StopSource source;
};

namespace p5::capi {

// While one lives, the caller's listener hears this thread. `work` may be null.
class Work final : private WorkListener {
 public:
  explicit Work(const p5_work* work);
  StopToken stop() const;
  // Tells the listener how far work is that has no bar of its own, and throws Unavailable where a stop is asked for.
  void report(const WorkProgress& progress);

 private:
  void on_progress(const WorkProgress& progress) override;
  void on_message(const WorkMessage& message) override;

  const p5_work work_;
  std::optional<ListenerScope> scope_;
};

}  // namespace p5::capi
