#include "online/kafka_topic.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "online/feedback_file.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::string_view kScheme = "kafka://";

struct KafkaAddress {
  std::string brokers, topic;
  std::vector<std::pair<std::string, std::string>> settings;
};

KafkaAddress parse(const std::string& text) {
  const Error bad =
      usage_error("bad address of a topic",
                  {.where = KafkaTopic::shown(text), .expected = "kafka://HOST:PORT,HOST:PORT/TOPIC?setting=value"});
  const std::string address = text.substr(0, text.find('?'));
  const auto slash = address.rfind('/');
  if (!address.starts_with(kScheme) || slash <= kScheme.size() || slash + 1 == address.size()) throw bad;
  KafkaAddress found{.brokers = address.substr(kScheme.size(), slash - kScheme.size()),
                     .topic = address.substr(slash + 1),
                     .settings = {{"group.id", "p5"},
                                  {"enable.auto.commit", "false"},
                                  {"enable.auto.offset.store", "false"},
                                  {"enable.partition.eof", "true"},
                                  {"auto.offset.reset", "error"}}};
  std::string rest = address.size() < text.size() ? text.substr(address.size() + 1) : "";
  while (!rest.empty()) {
    const std::string one = rest.substr(0, rest.find('&'));
    rest.erase(0, std::min(rest.size(), one.size() + 1));
    const auto equals = one.find('=');
    if (equals == 0 || equals == std::string::npos) throw bad;
    found.settings.emplace_back(one.substr(0, equals), one.substr(equals + 1));
  }
  found.settings.emplace_back("bootstrap.servers", found.brokers);
  return found;
}

}  // namespace

std::string KafkaTopic::shown(const std::string& address) { return address.substr(0, address.find('?')); }

KafkaTopic::KafkaTopic(const std::string& address) : shown_(shown(address)) {
  KafkaAddress parsed = parse(address);
  topic_ = std::move(parsed.topic);
  std::string complaint;
  client_ = open_kafka(topic_, parsed.settings, complaint);
  if (client_ == nullptr) throw usage_error("librdkafka refuses a setting", {.where = shown_, .got = complaint});
}

KafkaTopic::Offsets KafkaTopic::starts_of(const Offsets& from, const std::vector<KafkaClient::Partition>& there,
                                          const Problem& problem) const {
  if (from.size() > there.size()) {
    throw data_error("the topic has fewer partitions than were read before",
                     {.where = shown_, .expected = std::to_string(from.size()), .got = std::to_string(there.size())});
  }
  Offsets starts;
  for (std::size_t i = 0; i < there.size(); ++i) {
    const std::int64_t wanted = i < from.size() ? from[i] : there[i].low;
    if (wanted > there[i].high) {
      throw data_error("the topic has fewer messages than were read of it before",
                       {.where = fmt::format("{}/{}", shown_, i),
                        .expected = fmt::format("{} or more", wanted),
                        .got = std::to_string(there[i].high)});
    }
    if (wanted < there[i].low) {
      problem(kDeleted, fmt::format("{}/{}@{}", topic_, i, wanted), static_cast<std::uint64_t>(there[i].low - wanted));
    }
    starts.push_back(std::max(wanted, there[i].low));
  }
  return starts;
}

KafkaTopic::Offsets KafkaTopic::read(const Offsets& from, const std::function<void(const FeedbackEvent&)>& take,
                                     const Problem& problem) const {
  std::vector<KafkaClient::Partition> there;
  const auto require = [&](const std::string& complaint) {
    if (!complaint.empty()) throw system_error("Kafka does not answer", {.where = shown_, .got = complaint});
  };
  require(client_->partitions(there));
  const Offsets starts = starts_of(from, there, problem);
  Offsets ends;
  for (const KafkaClient::Partition& partition : there) ends.push_back(partition.high);
  require(client_->read(starts, ends, [&](const KafkaClient::Message& message) {
    const std::string where = fmt::format("{}/{}@{}", topic_, message.partition, message.offset);
    try {
      take(parse_feedback_line(std::string(message.text), where));
    } catch (const Error& error) {
      if (error.subject() != ErrorSubject::kData) throw;
      problem(kNoEvent, error.what(), 1);
    }
  }));
  return ends;
}

}  // namespace p5
