#include "online/kafka_client.h"

#include "base/shared_library.h"

namespace p5 {

std::unique_ptr<KafkaClient> open_kafka(const std::string& topic,
                                        const std::vector<std::pair<std::string, std::string>>& settings,
                                        std::string& complaint) {
  static const SharedLibrary library({.file = "libp5_kafka.so",
                                      .provides = "Kafka",
                                      .remedy = "install librdkafka1 and build p5 with librdkafka-dev"});
  const auto open = library.function<decltype(&p5_kafka_open)>("p5_kafka_open");
  return std::unique_ptr<KafkaClient>(open(topic, settings, complaint));
}

}  // namespace p5
