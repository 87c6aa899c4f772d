// Where feedback is read from by whoever remembers how far: a store, a file of lines, or a topic of Kafka. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "online/feedback_event.h"
#include "online/feedback_store.h"
#include "online/kafka_topic.h"

namespace p5 {

// How far a source was read; a plain value.
struct FeedbackPosition {
  std::uint64_t events = 0;                   // the number of the last event; of a topic: messages before the offsets
  std::vector<std::int64_t> partitions = {};  // of a topic: the next offset of each

  bool operator==(const FeedbackPosition&) const = default;
};

class FeedbackSource {
 public:
  // What read_feedback() takes, or a topic as KafkaTopic has it. What must be asked is opened at the first read. Throws
  // NotFound (data) for a file or an SQLite store that is not there.
  explicit FeedbackSource(std::string place);

  // Whether more may come while it is read again: a store or a topic.
  bool can_be_followed() const { return kind_ != Kind::kFile; }
  // As notes may have it: equal for equal sources, and without a password.
  const std::string& name() const { return name_; }
  // The store; null for other sources. Throws as open_feedback_store().
  std::shared_ptr<FeedbackStore> store();
  // Gives `take` each event after `after`, and `problem` what is none. Returns the position after the last. Throws what
  // the source throws.
  FeedbackPosition read(const FeedbackPosition& after, const std::function<void(const FeedbackEvent&)>& take,
                        const KafkaTopic::Problem& problem);
  // Forgets the connection, for a source that went away.
  void reconnect();

 private:
  enum class Kind { kFile, kStore, kTopic };
  Kind kind_;
  std::string place_, name_;
  std::shared_ptr<FeedbackStore> store_;
  std::unique_ptr<KafkaTopic> topic_;
};

}  // namespace p5
