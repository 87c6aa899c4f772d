// A topic of Kafka as a source of feedback: messages are JSON objects as the lines of a feedback file
// (online/feedback_file.h). Whoever reads keeps the offsets, so that they can be committed together with what was made
// of the events; nothing is committed at the brokers. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "online/feedback_event.h"
#include "online/kafka_client.h"

namespace p5 {

class KafkaTopic {
 public:
  static constexpr const char* kNoEvent = "no event of feedback";
  static constexpr const char* kDeleted = "deleted from the topic before it was read";
  // The next offset of each partition; empty: from the first message that is there.
  using Offsets = std::vector<std::int64_t>;
  // Hears of messages that are no events, and of messages that the brokers deleted before they were read: why, where
  // ("topic/partition@offset"), and how many.
  using Problem = std::function<void(const std::string& why, const std::string& where, std::uint64_t count)>;

  // "kafka://HOST:PORT,HOST:PORT/TOPIC?security.protocol=SASL_SSL&...": what stands after ? are settings of librdkafka.
  // Throws InvalidArgument for another address and for settings that librdkafka refuses, Unavailable (system) where
  // librdkafka is missing.
  explicit KafkaTopic(const std::string& address);

  static bool is_address(const std::string& text) { return text.starts_with("kafka:"); }
  // Without settings, which may hold passwords.
  static std::string shown(const std::string& address);

  // Gives `take` the events from `from` on to what is there now, by partition in its order. Returns the offsets after
  // them. Throws Unavailable (system) where no broker answers, a data error for offsets beyond the topic's end: then it
  // is another topic.
  Offsets read(const Offsets& from, const std::function<void(const FeedbackEvent&)>& take,
               const Problem& problem) const;

 private:
  Offsets starts_of(const Offsets& from, const std::vector<KafkaClient::Partition>& there,
                    const Problem& problem) const;

  std::string topic_, shown_;
  std::unique_ptr<KafkaClient> client_;
};

}  // namespace p5
