// libp5_kafka.so: the only code that sees librdkafka.
#include <librdkafka/rdkafka.h>

#include <array>
#include <chrono>

#include "online/kafka_client.h"

namespace p5 {
namespace {

constexpr int kAskMs = 5000;  // for what brokers must say at once
constexpr int kPollMs = 200;
constexpr int kSilentMs = 10'000;  // without a message while some must come

struct Freeing {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_conf_t* settings) const { rd_kafka_conf_destroy(settings); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
template <typename T>
using Owned = std::unique_ptr<T, Freeing>;

// One line on stderr per try of each broker would hide what p5 says of it.
void say_nothing(const rd_kafka_t*, int, const char*, const char*) {}

class RdKafkaClient final : public KafkaClient {
 public:
  RdKafkaClient(Owned<rd_kafka_t> client, std::string topic) : client_(std::move(client)), topic_(std::move(topic)) {}
  ~RdKafkaClient() override { rd_kafka_consumer_close(client_.get()); }

  std::string partitions(std::vector<Partition>& found) override {
    const Owned<rd_kafka_topic_t> topic(rd_kafka_topic_new(client_.get(), topic_.c_str(), nullptr));
    const rd_kafka_metadata_t* metadata = nullptr;
    if (const auto error = rd_kafka_metadata(client_.get(), 0, topic.get(), &metadata, kAskMs);
        error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return text_of(error);
    }
    const Owned<const rd_kafka_metadata_t> owned(metadata);
    if (metadata->topic_cnt != 1) return "the brokers say nothing of the topic";
    if (metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) return text_of(metadata->topics[0].err);
    found.assign(static_cast<std::size_t>(metadata->topics[0].partition_cnt), {});
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto error = rd_kafka_query_watermark_offsets(client_.get(), topic_.c_str(), static_cast<std::int32_t>(i),
                                                          &found[i].low, &found[i].high, kAskMs);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return text_of(error);
    }
    return {};
  }

  std::string read(const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& to,
                   const std::function<void(const Message&)>& take) override {
    const Owned<rd_kafka_topic_partition_list_t> wanted(
        rd_kafka_topic_partition_list_new(static_cast<int>(from.size())));
    std::vector<bool> open(from.size(), false);
    std::size_t left = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (from[i] >= to[i]) continue;
      const auto partition = static_cast<std::int32_t>(i);
      rd_kafka_topic_partition_list_add(wanted.get(), topic_.c_str(), partition)->offset = from[i];
      open[i] = true;
      ++left;
    }
    if (left == 0) return {};
    if (const auto error = rd_kafka_assign(client_.get(), wanted.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return text_of(error);
    }
    std::string complaint;
    auto heard = std::chrono::steady_clock::now();
    while (left > 0 && complaint.empty()) {
      const Owned<rd_kafka_message_t> message(rd_kafka_consumer_poll(client_.get(), kPollMs));
      const auto now = std::chrono::steady_clock::now();
      if (message == nullptr) {
        if (now - heard > std::chrono::milliseconds(kSilentMs)) complaint = "no message came while some must";
        continue;
      }
      const auto partition = static_cast<std::size_t>(message->partition);
      const bool known = message->partition >= 0 && partition < open.size() && open[partition];
      bool done = false;
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        done = true;  // offsets may have gaps before the end
      } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (is_fatal(message->err)) complaint = text_of(message->err);
        if (now - heard > std::chrono::milliseconds(kSilentMs)) complaint = text_of(message->err);
        continue;
      } else if (known && message->offset < to[partition]) {
        take({message->partition, message->offset, {static_cast<const char*>(message->payload), message->len}});
        done = message->offset + 1 >= to[partition];
      } else {
        done = true;
      }
      heard = now;
      if (known && done) {
        open[partition] = false;
        --left;
      }
    }
    rd_kafka_assign(client_.get(), nullptr);
    return complaint;
  }

 private:
  // The others pass when a broker comes back.
  static bool is_fatal(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || error == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE ||
           error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || error == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
           error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || error == RD_KAFKA_RESP_ERR__FATAL;
  }
  static std::string text_of(rd_kafka_resp_err_t error) { return rd_kafka_err2str(error); }

  Owned<rd_kafka_t> client_;
  std::string topic_;
};

}  // namespace
}  // namespace p5

extern "C" p5::KafkaClient* p5_kafka_open(const std::string& topic,
                                          const std::vector<std::pair<std::string, std::string>>& settings,
                                          std::string& complaint) {
  std::array<char, 512> why{};
  p5::Owned<rd_kafka_conf_t> conf(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(conf.get(), p5::say_nothing);
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK) {
      complaint = why.data();
      return nullptr;
    }
  }
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), why.data(), why.size());
  if (client == nullptr) {
    complaint = why.data();
    return nullptr;
  }
  conf.release();  // the client has it
  rd_kafka_poll_set_consumer(client);
  return new p5::RdKafkaClient(p5::Owned<rd_kafka_t>(client), topic);
}
