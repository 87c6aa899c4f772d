// A cluster of Kafka inside this process, of librdkafka's mock brokers, and a producer for it. Whoever includes this
// links librdkafka. Not thread-safe.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace p5::test {

class KafkaCluster {
 public:
  explicit KafkaCluster(int partitions = 2) {
    std::array<char, 512> why{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", why.data(), why.size());
    host_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
    if (host_ == nullptr) throw std::runtime_error(why.data());
    cluster_ = rd_kafka_mock_cluster_new(host_, 1);
    rd_kafka_mock_topic_create(cluster_, "feedback", partitions, 1);
    brokers_ = rd_kafka_mock_cluster_bootstraps(cluster_);
    conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers_.c_str(), why.data(), why.size());
    rd_kafka_conf_set(conf, "log_level", "0", why.data(), why.size());
    producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
    if (producer_ == nullptr) throw std::runtime_error(why.data());
  }
  ~KafkaCluster() {
    rd_kafka_destroy(producer_);
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(host_);
  }
  KafkaCluster(const KafkaCluster&) = delete;
  KafkaCluster& operator=(const KafkaCluster&) = delete;

  std::string address() const { return "kafka://" + brokers_ + "/feedback"; }
  // Returns when the broker has it.
  void send(std::int32_t partition, const std::string& text) {
    const auto error = rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC("feedback"), RD_KAFKA_V_PARTITION(partition),
                                         RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                         RD_KAFKA_V_VALUE(const_cast<char*>(text.data()), text.size()), RD_KAFKA_V_END);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || rd_kafka_flush(producer_, 10'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw std::runtime_error("the mock broker did not take a message");
    }
  }
  void go_down() { rd_kafka_mock_broker_set_down(cluster_, 1); }
  void come_up() { rd_kafka_mock_broker_set_up(cluster_, 1); }

 private:
  rd_kafka_t *host_ = nullptr, *producer_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  std::string brokers_;
};

}  // namespace p5::test
