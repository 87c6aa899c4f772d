// The door to libp5_kafka.so, so that programs that ask no Kafka start without librdkafka and what it brings.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace p5 {

// Reads one topic. Not thread-safe.
class KafkaClient {
 public:
  struct Partition {
    std::int64_t low = 0, high = 0;  // offsets: of the first message that is there, and one past the last
  };
  struct Message {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::string_view text;  // until the next one
  };

  virtual ~KafkaClient() = default;
  // What there is in each partition now. Returns a complaint; empty: it worked.
  virtual std::string partitions(std::vector<Partition>& found) = 0;
  // Gives `take` the messages of each partition from `from` to below `to`, in the order of each partition.
  virtual std::string read(const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& to,
                           const std::function<void(const Message&)>& take) = 0;
};

// Null with the reason in `complaint` for settings that librdkafka refuses; brokers that are away are met when they are
// asked. `settings` are librdkafka's own, by name. Throws Unavailable (system) where libp5_kafka.so cannot be loaded.
std::unique_ptr<KafkaClient> open_kafka(const std::string& topic,
                                        const std::vector<std::pair<std::string, std::string>>& settings,
                                        std::string& complaint);

}  // namespace p5

extern "C" {
// As open_kafka(). The caller owns the client. C++ types: both sides are of one build.
p5::KafkaClient* p5_kafka_open(const std::string& topic,
                               const std::vector<std::pair<std::string, std::string>>& settings,
                               std::string& complaint);
}
