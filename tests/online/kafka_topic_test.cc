// Against librdkafka's mock cluster.
#include "online/kafka_topic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "online/feedback_file.h"
#include "online/feedback_source.h"
#include "p5/error.h"
#include "support/kafka_cluster.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

std::string line(const std::string& id, const std::string& user = "u") {
  return R"({"id": ")" + id + R"(", "user": ")" + user + R"(", "item": "i", "timestamp": 1})";
}

struct Heard {
  std::vector<std::string> ids, problems;

  std::function<void(const FeedbackEvent&)> take() {
    return [this](const FeedbackEvent& event) { ids.push_back(event.id); };
  }
  KafkaTopic::Problem problem() {
    return [this](const std::string& why, const std::string&, std::uint64_t) { problems.push_back(why); };
  }
  std::vector<std::string> sorted() {
    std::ranges::sort(ids);
    return ids;
  }
};
using Ids = std::vector<std::string>;

TEST(KafkaTopic, GoesOnFromItsOffsets) {
  test::KafkaCluster cluster;
  const KafkaTopic topic(cluster.address());
  Heard first;
  EXPECT_EQ(topic.read({}, first.take(), first.problem()), (KafkaTopic::Offsets{0, 0}));
  cluster.send(0, line("a"));
  cluster.send(1, line("b"));
  cluster.send(0, line("c"));
  const KafkaTopic::Offsets offsets = topic.read({}, first.take(), first.problem());
  EXPECT_EQ(offsets, (KafkaTopic::Offsets{2, 1}));
  EXPECT_EQ(first.sorted(), (Ids{"a", "b", "c"}));
  cluster.send(1, line("d"));
  Heard second;
  EXPECT_EQ(topic.read(offsets, second.take(), second.problem()), (KafkaTopic::Offsets{2, 2}));
  EXPECT_EQ(second.ids, Ids{"d"});
  Heard again;  // another program with the same offsets: nothing was committed at the broker
  KafkaTopic(cluster.address()).read({1, 0}, again.take(), again.problem());
  EXPECT_EQ(again.sorted(), (Ids{"b", "c", "d"}));
}

TEST(KafkaTopic, MessagesThatAreNoEventsAreCounted) {
  test::KafkaCluster cluster(1);
  cluster.send(0, "hello");
  cluster.send(0, line("a"));
  cluster.send(0, R"({"user": "u", "timestamp": 1})");
  Heard heard;
  EXPECT_EQ(KafkaTopic(cluster.address()).read({}, heard.take(), heard.problem()), KafkaTopic::Offsets{3});
  EXPECT_EQ(heard.ids, Ids{"a"});
  EXPECT_EQ(heard.problems, (Ids{KafkaTopic::kNoEvent, KafkaTopic::kNoEvent}));
}

TEST(KafkaTopic, OffsetsBeyondItsEndAreOfAnotherTopic) {
  test::KafkaCluster cluster(1);
  cluster.send(0, line("a"));
  Heard heard;
  const KafkaTopic topic(cluster.address());
  for (const KafkaTopic::Offsets& offsets : {KafkaTopic::Offsets{7}, KafkaTopic::Offsets{0, 0}}) {
    try {
      topic.read(offsets, heard.take(), heard.problem());
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupted);
      EXPECT_EQ(error.subject(), ErrorSubject::kData);
    }
  }
  EXPECT_TRUE(heard.ids.empty());
}

TEST(KafkaTopic, ABrokerThatIsAwayIsUnavailableAndComesBack) {
  test::KafkaCluster cluster(1);
  cluster.send(0, line("a"));
  FeedbackSource source(cluster.address() + "?socket.timeout.ms=1000&reconnect.backoff.max.ms=200");
  Heard heard;
  const FeedbackPosition position = source.read({}, heard.take(), heard.problem());
  EXPECT_EQ(position.events, 1U);
  EXPECT_EQ(position.partitions, (std::vector<std::int64_t>{1}));
  cluster.go_down();
  try {
    source.read(position, heard.take(), heard.problem());
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable) << error.what();
    EXPECT_EQ(std::string(error.what()).find("socket"), std::string::npos) << "settings may be secrets";
  }
  cluster.come_up();
  cluster.send(0, line("b"));
  source.reconnect();
  heard.ids.clear();
  EXPECT_EQ(source.read(position, heard.take(), heard.problem()).events, 2U);
  EXPECT_EQ(heard.ids, Ids{"b"});
}

TEST(KafkaTopic, BadAddressesAndSettingsAreRefused) {
  for (const char* address : {"kafka:", "kafka://host:1", "kafka:///topic", "kafka://host:1/", "kafka://h:1/t?x",
                              "kafka://h:1/t?no.such.setting=1"}) {
    try {
      const KafkaTopic topic(address);
      ADD_FAILURE() << address;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << address;
    }
  }
}

TEST(FeedbackSource, KnowsItsKindAndItsName) {
  EXPECT_EQ(FeedbackSource("kafka://h:1/t?sasl.password=secret").name(), "kafka://h:1/t");
  EXPECT_TRUE(FeedbackSource("kafka://h:1/t").can_be_followed());
  EXPECT_EQ(FeedbackSource("postgresql://ann:secret@h/d").name(), "postgresql://ann:***@h/d");
  EXPECT_FALSE(FeedbackSource("-").can_be_followed());
  EXPECT_THROW(FeedbackSource("/no/such/file"), Error);
  const test::TemporaryFolder folder;
  const std::string file = (folder.path() / "e.jsonl").string();
  std::ofstream(file) << line("a") << "\n" << line("b") << "\n";
  FeedbackSource source(file);
  Heard heard;
  EXPECT_EQ(source.read({.events = 1}, heard.take(), heard.problem()).events, 2U);
  EXPECT_EQ(heard.ids, Ids{"b"});
}

TEST(FeedbackSource, ATopicIsImportedIntoAStore) {
  test::KafkaCluster cluster;
  cluster.send(0, line("a"));
  cluster.send(1, line("b"));
  const test::TemporaryFolder folder;
  const auto store = open_feedback_store((folder.path() / "f.db").string());
  EXPECT_EQ(import_feedback(*store, cluster.address()).appended.accepted, 2U);
  EXPECT_EQ(import_feedback(*store, cluster.address()).appended.duplicates, 2U);
}

}  // namespace
}  // namespace p5
