// Hears what work says while it goes on: how far it is, and its messages. Without a listener both go to standard error.
// Includes no third-party header. A listener may be called by any thread that the work uses, one call at a time or not.
#pragma once

#include <cstdint>
#include <string_view>

namespace p5 {

// One part of the work, such as "train" or "evaluate"; parts may be nested. Texts live until the call returns.
struct WorkProgress {
  std::string_view label, unit;       // "train", "steps"
  std::string_view note;              // such as the current loss; may be empty
  std::uint64_t done = 0, total = 0;  // of the whole, earlier work included; total 0: not known
  std::uint64_t before = 0;           // done by earlier work, as in the run that is resumed
  double seconds = 0;                 // since the part began
  bool ended = false;                 // the last call for this part
};

enum class MessageLevel { kDebug, kInfo, kWarning, kError };

struct WorkMessage {
  MessageLevel level = MessageLevel::kInfo;
  std::string_view text;
  std::string_view json;  // one object with "level", "message" and the message's values by name: "step", "loss"
};

class WorkListener {
 public:
  virtual ~WorkListener() = default;
  // At most about ten times a second for each part, and once at its end.
  virtual void on_progress(const WorkProgress& progress) = 0;
  // Every message, whatever its level.
  virtual void on_message(const WorkMessage& message) = 0;
};

// While one lives, the work that its thread begins is heard by the listener, which must outlive that work. Scopes may
// be nested; the inner one hears.
class ListenerScope {
 public:
  explicit ListenerScope(WorkListener* listener);  // null: standard error again
  ~ListenerScope();
  ListenerScope(const ListenerScope&) = delete;
  ListenerScope& operator=(const ListenerScope&) = delete;

 private:
  WorkListener* outer_;
};

}  // namespace p5
