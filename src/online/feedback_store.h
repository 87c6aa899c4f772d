// Keeps feedback durably, and what was changed about items and users. An event that append() has taken survives the end
// of the process and of the machine; one that comes twice, by its id, is counted once.
// tests/online/feedback_store_test.cc is what each store has to pass. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "online/feedback_event.h"
#include "online/table_change.h"

namespace p5 {

struct FeedbackAppended {
  std::size_t accepted = 0;
  std::size_t duplicates = 0;
};

struct FeedbackStats {
  std::uint64_t events = 0, users = 0, items = 0;
  std::int64_t first_ms = 0, last_ms = 0;  // of the events' times; 0 without events
  std::map<std::string, std::uint64_t> by_type;
};

class FeedbackStore {
 public:
  virtual ~FeedbackStore() = default;

  // Takes several groups of events with one sync, so that it is paid once for all clients that wait; a result per
  // group. Returns when they are on disk. Throws Unavailable (system); then none of them was taken.
  virtual std::vector<FeedbackAppended> append(std::span<const std::span<const FeedbackEvent>> groups) = 0;
  FeedbackAppended append(std::span<const FeedbackEvent> events) { return append(std::span(&events, 1)).front(); }
  // Calls `take` with each event in the order in which they were taken, from the one after `after`, the number that the
  // last call gave: 0 for the first. Returns the number of the last one. Several processes may share a store: this is
  // how each sees what others took.
  virtual std::uint64_t read(std::uint64_t after, const std::function<void(const FeedbackEvent&)>& take) const = 0;
  virtual FeedbackStats stats() const = 0;

  // Takes each change, no key twice, in place of an earlier one of the same key: all or none. The events of a user who
  // is forgotten are deleted with it. Returns when all is on disk. Throws as append().
  virtual void change(std::span<const TableChange> changes) = 0;
  // The newest change of each key that was taken after the one numbered `after`, as read() does.
  virtual std::uint64_t read_changes(std::uint64_t after,
                                     const std::function<void(const TableChange&)>& take) const = 0;
};

// "sqlite:FILE" or a plain path: an SQLite file, made if it is missing; "postgresql://USER:PASSWORD@HOST/DATABASE".
// Throws InvalidArgument for another scheme, Unavailable when it cannot be opened, Corrupted (data) when the file is no
// store of p5.
std::shared_ptr<FeedbackStore> open_feedback_store(const std::string& url);

}  // namespace p5
