// What every store of feedback has to pass.
#include "online/feedback_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "online/feedback_file.h"
#include "online/feedback_follower.h"
#include "online/feedback_writer.h"
#include "online/live_catalog.h"
#include "p5/error.h"
#include "sql/postgres_server.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

FeedbackEvent event(const std::string& id, const std::string& user = "u", const std::string& item = "i") {
  return {.id = id, .user = user, .item = item, .time_ms = 1'600'000'000'000};
}

std::vector<FeedbackEvent> all_of(const FeedbackStore& store) {
  std::vector<FeedbackEvent> all;
  store.read(0, [&](const FeedbackEvent& each) { all.push_back(each); });
  return all;
}

class AnyFeedbackStore : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (GetParam() == std::string("sqlite")) {
      url_ = "sqlite:" + (folder_.path() / "feedback.db").string();
    } else if (const auto* server = test::PostgresServer::get()) {
      url_ = server->make_database();
    } else {
      GTEST_SKIP() << "PostgreSQL is not installed";
    }
  }
  std::shared_ptr<FeedbackStore> open() const { return open_feedback_store(url_); }

  test::TemporaryFolder folder_;
  std::string url_;
};

INSTANTIATE_TEST_SUITE_P(Stores, AnyFeedbackStore, testing::Values("sqlite", "postgres"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(AnyFeedbackStore, CountsAnEventOnce) {
  const auto store = open();
  const std::vector<FeedbackEvent> events{event("1"), event("2"), event("1")};
  const FeedbackAppended first = store->append(events);
  EXPECT_EQ(first.accepted, 2u);
  EXPECT_EQ(first.duplicates, 1u);
  const FeedbackAppended again = store->append(events);
  EXPECT_EQ(again.accepted, 0u);
  EXPECT_EQ(again.duplicates, 3u);
  EXPECT_EQ(store->stats().events, 2u);
}

TEST_P(AnyFeedbackStore, GivesBackWhatItTookAfterItWasOpenedAgain) {
  FeedbackEvent rich{.id = "x'; DROP TABLE events; --",
                     .user = "Zoë \"Q\"",
                     .item = "i,\n1",
                     .type = "rating",
                     .value = 4.5,
                     .time_ms = -5,
                     .request_id = "r"};
  open()->append(std::span<const FeedbackEvent>(&rich, 1));
  const auto all = all_of(*open());
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].id, rich.id);
  EXPECT_EQ(all[0].user, rich.user);
  EXPECT_EQ(all[0].item, rich.item);
  EXPECT_EQ(all[0].type, rich.type);
  EXPECT_EQ(all[0].value, rich.value);
  EXPECT_EQ(all[0].time_ms, rich.time_ms);
  EXPECT_EQ(all[0].request_id, rich.request_id);
}

TEST_P(AnyFeedbackStore, IsReadFromWhereTheLastReaderStopped) {
  const auto store = open();
  const std::vector<FeedbackEvent> first{event("1"), event("2")}, second{event("3")};
  store->append(first);
  std::size_t heard = 0;
  const std::uint64_t last = store->read(0, [&](const FeedbackEvent&) { ++heard; });
  EXPECT_EQ(heard, 2u);
  open()->append(second);  // another process
  std::vector<std::string> ids;
  store->read(last, [&](const FeedbackEvent& each) { ids.push_back(each.id); });
  EXPECT_EQ(ids, std::vector<std::string>{"3"});
}

TEST_P(AnyFeedbackStore, TakesFromManyThreadsAndProcessesAtOnce) {
  const auto one = open(), other = open();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const FeedbackEvent each = event(std::to_string(t) + "-" + std::to_string(i));
        (t % 2 == 0 ? one : other)->append(std::span<const FeedbackEvent>(&each, 1));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(one->stats().events, 100u);
}

TEST_P(AnyFeedbackStore, WritesForManyClientsInGroups) {
  std::atomic<int> done{0}, accepted{0};
  {
    FeedbackWriter writer(open());
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(
          writer.submit({event(std::to_string(i))}, [&](const FeedbackAppended& result, std::exception_ptr error) {
            EXPECT_EQ(error, nullptr);
            accepted += static_cast<int>(result.accepted);
            ++done;
          }));
    }
  }
  EXPECT_EQ(done.load(), 200);
  EXPECT_EQ(accepted.load(), 200);
}

TEST_P(AnyFeedbackStore, RefusesMoreThanTheWriterHolds) {
  FeedbackWriter writer(open(), 2);
  EXPECT_FALSE(writer.submit({event("1"), event("2"), event("3")}, [](const FeedbackAppended&, std::exception_ptr) {}));
}

TEST_P(AnyFeedbackStore, IsFollowedByHistories) {
  const auto store = open();
  LiveHistories histories;
  FeedbackFollower follower(store, histories);
  const std::vector<FeedbackEvent> events{event("1", "u", "a"), event("2", "u", "b"), event("1", "u", "a")};
  store->append(events);
  follower.follow();
  follower.follow();
  std::vector<std::string> items;
  for (const LiveItem& each : histories.of("u")) items.push_back(each.item);
  EXPECT_EQ(items, (std::vector<std::string>{"a", "b"}));
}

TEST_P(AnyFeedbackStore, IsExportedAndImportedOnce) {
  const auto store = open();
  const std::vector<FeedbackEvent> events{
      event("1"), {.id = "2", .user = "v", .item = "j", .type = "rating", .value = 2, .time_ms = 7}};
  store->append(events);
  const std::string file = (folder_.path() / "out.jsonl").string();
  EXPECT_EQ(export_feedback(*store, file), 2u);
  const auto other = open_feedback_store((folder_.path() / "other.db").string());
  EXPECT_EQ(import_feedback(*other, file).appended.accepted, 2u);
  EXPECT_EQ(import_feedback(*other, file).appended.duplicates, 2u);
  EXPECT_EQ(all_of(*other)[1].value, 2);
}

TEST_P(AnyFeedbackStore, NamesTheLineThatIsBad) {
  const std::string file = (folder_.path() / "in.jsonl").string();
  std::ofstream(file) << R"({"user":"u","item":"i","timestamp":1})"
                      << "\n"
                      << R"({"user":"u","timestamp":1})"
                      << "\n";
  try {
    import_feedback(*open(), file);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), file + ":2: a field is missing: expected 'item'");
  }
}

std::vector<TableChange> changes_of(const FeedbackStore& store, std::uint64_t after = 0) {
  std::vector<TableChange> all;
  store.read_changes(after, [&](const TableChange& each) { all.push_back(each); });
  return all;
}

TEST_P(AnyFeedbackStore, KeepsTheNewestChangeOfEachKey) {
  const auto store = open();
  const std::vector<TableChange> first{{.key = "a'\\\"", .facts = "{\"title\":\"x, {y}\"}"},
                                       {.key = "b", .facts = "{}"},
                                       {.table = TableChange::Table::kUsers, .key = "b", .facts = "{\"name\":\"B\"}"}};
  store->change(first);
  const std::uint64_t last = store->read_changes(0, [](const TableChange&) {});
  const std::vector<TableChange> second{{.key = "a'\\\"", .facts = "{\"price\":1}"}};
  open()->change(second);  // another process
  const auto all = changes_of(*open());
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].key, "b");
  EXPECT_EQ(all[0].table, TableChange::Table::kItems);
  EXPECT_EQ(all[1].table, TableChange::Table::kUsers);
  EXPECT_EQ(all[2].key, first[0].key);
  EXPECT_EQ(all[2].facts, "{\"price\":1}");
  EXPECT_EQ(changes_of(*store, last).size(), 1u);
}

TEST_P(AnyFeedbackStore, DeletesTheEventsOfAUserWhoIsForgotten) {
  const auto store = open();
  const std::vector<FeedbackEvent> events{event("1", "ann"), event("2", "bob"), event("3", "ann")};
  store->append(events);
  const TableChange forget{.table = TableChange::Table::kUsers, .key = "ann", .facts = "{}", .forget = true};
  store->change(std::span(&forget, 1));
  const auto left = all_of(*open());
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].id, "2");
}

TEST_P(AnyFeedbackStore, IsFollowedByTheCatalogueOfEachReplica) {
  const auto store = open();
  CatalogChanges heard;
  std::vector<std::string> forgotten;
  LiveCatalog here(store), there(
                               open(), [&](const CatalogChanges&changes) { heard = changes; },
                               [&](const std::string&user) { forgotten.push_back(user); });
  const std::vector<std::pair<std::string, LiveCatalog::Facts>> first{
      {"b", {{"title", "B"}, {"price", 2}}},
      {"a", {{"title", "A"}, {"attributes", {{"year", 1999}, {"tags", {"x", "y"}}}}}}};
  here.put(TableChange::Table::kItems, first);
  const std::vector<std::pair<std::string, LiveCatalog::Facts>> second{{"b", {{"brand", "C"}, {"price", nullptr}}}};
  here.put(TableChange::Table::kItems, second);
  here.forget_user("ann");
  here.forget_user("ann");
  there.follow();
  ASSERT_EQ(heard.items.size(), 2u);
  EXPECT_EQ(forgotten, std::vector<std::string>{"ann"});
  EXPECT_EQ(heard.forgotten_users, std::vector<std::string>{"ann"});
  const ItemChange b = here.changes().items.at(0);  // the first that was put keeps the first place
  EXPECT_EQ(b.item, "b");
  EXPECT_EQ(b.title, "B");
  EXPECT_EQ(b.brand, "C");
  EXPECT_FALSE(b.price) << "null: as the corpus has it";
  const auto a = std::ranges::find(heard.items, "a", &ItemChange::item);
  ASSERT_TRUE(a->facts && a->facts->size() == 2);
  EXPECT_EQ(a->facts->at(0).values, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(a->facts->at(1).number, 1999);
  there.remove_item("a");
  here.follow();
  EXPECT_FALSE(here.changes().items.at(1).available);
  const std::vector<std::pair<std::string, LiveCatalog::Facts>> again{{"a", {{"brand", "D"}}}};
  here.put(TableChange::Table::kItems, again);
  EXPECT_TRUE(here.changes().items.at(1).available);
  EXPECT_FALSE(here.changes().items.at(1).title) << "what was known before it was removed is gone";
}

TEST(SqliteFeedbackStore, IsNotMadeOfAForeignFile) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "feedback.db") << "this is the diary of somebody, and no database at all";
  EXPECT_THROW(open_feedback_store("sqlite:" + (folder / "feedback.db").string()), Error);
  EXPECT_THROW(open_feedback_store("mongo:there"), Error);
  EXPECT_THROW(open_feedback_store("/no/such/folder/f.db"), Error);
}

TEST(FeedbackFile, IsReadFromWhereTheLastCallEnded) {
  const test::TemporaryFolder folder;
  const std::string file = (folder / "events.jsonl").string();
  const auto line = [](const std::string& id) {
    return R"({"id":")" + id + R"(","user":"u","item":"i","timestamp":1})";
  };
  std::ofstream(file) << line("a") << "\n\n" << line("b") << "\n";
  std::vector<std::string> ids;
  const auto take = [&](const FeedbackEvent& one) { ids.push_back(one.id); };
  EXPECT_EQ(read_feedback(file, 0, take), 2u);
  EXPECT_EQ(read_feedback(file, 2, take), 2u);
  std::ofstream(file, std::ios::app) << line("c") << "\n";
  EXPECT_EQ(read_feedback(file, 2, take), 3u);
  EXPECT_EQ(ids, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_THROW(read_feedback(file, 4, take), Error) << "another file";
  EXPECT_FALSE(is_feedback_store(file));
  EXPECT_THROW(is_feedback_store("sqlite:" + (folder / "missing.db").string()), Error);
}

std::string complaint_about(const std::string& url) {
  try {
    open_feedback_store(url);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST(PostgresFeedbackStore, SaysWhatIsWrongWithoutThePassword) {
  const std::string complaint = complaint_about("postgresql://ann:secret@/shop?host=/no/such/folder");
  EXPECT_NE(complaint.find("cannot open the feedback store"), std::string::npos) << complaint;
  EXPECT_NE(complaint.find("/no/such/folder"), std::string::npos) << complaint;
  EXPECT_EQ(complaint.find("secret"), std::string::npos) << complaint;
}

TEST(PostgresFeedbackStore, GoesOnAfterTheServerWasRestarted) {
  const auto* server = test::PostgresServer::get();
  if (server == nullptr) GTEST_SKIP() << "PostgreSQL is not installed";
  const auto store = open_feedback_store(server->make_database());
  const std::vector<FeedbackEvent> first{event("1")}, both{event("1"), event("2")};
  store->append(first);
  server->restart();
  const FeedbackAppended again = store->append(both);
  EXPECT_EQ(again.accepted, 1u);
  EXPECT_EQ(again.duplicates, 1u);
  EXPECT_EQ(all_of(*store).size(), 2u);
}

TEST(PostgresFeedbackStore, RefusesWhatItCannotHold) {
  const auto* server = test::PostgresServer::get();
  if (server == nullptr) GTEST_SKIP() << "PostgreSQL is not installed";
  const auto store = open_feedback_store(server->make_database());
  const std::vector<FeedbackEvent> events{event("1", std::string("a\0b", 3))};
  EXPECT_THROW(store->append(events), Error);
  EXPECT_EQ(store->stats().events, 0u);
}

}  // namespace
}  // namespace p5
