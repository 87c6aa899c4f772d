// Feedback as JSON lines: {"id", "user", "item", "event", "rating", "timestamp", "request_id"} per line, with the names
// that p5 import knows. Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "online/feedback_store.h"

namespace p5 {

struct FeedbackImported {
  FeedbackAppended appended;
  std::size_t lines = 0;
};

// One line. Throws a data error that names `where` and the field.
FeedbackEvent parse_feedback_line(const std::string& text, const std::string& where);

// Adds the events of a file ("-": stdin), or of a topic of Kafka (online/kafka_topic.h), to the store, some thousands
// per sync. A bad line stops the import with an error that names file, line and field; what was added before stays, and
// is counted once when the file is imported again. Lines without an id get one from their content.
FeedbackImported import_feedback(FeedbackStore& store, const std::string& file);
// Calls `take` with each event of a store, as open_feedback_store() names it, or of a file of such lines ("-": stdin),
// from the one after `after`, the number that the last call gave: 0 for the first. Returns the number of the last one.
// Throws NotFound (data) for a file that is not there, and as import_feedback() for a bad line; a data error for a file
// that has fewer events than were read of it.
std::uint64_t read_feedback(const std::string& place, std::uint64_t after,
                            const std::function<void(const FeedbackEvent&)>& take);
// All of them; the place may be a topic of Kafka.
void read_feedback(const std::string& place, const std::function<void(const FeedbackEvent&)>& take);
// Whether the place is a store, and no file of lines. Throws NotFound (data) for a store that is not there.
bool is_feedback_store(const std::string& place);
// Writes all events to a file, whole or not at all; empty: stdout. Returns their number.
std::size_t export_feedback(const FeedbackStore& store, const std::string& file);
// The items that were put (online/live_catalog.h) and not removed, as the table of items that p5 import reads;
// likewise.
std::size_t export_items(const FeedbackStore& store, const std::string& file);

}  // namespace p5
