#include "ingest/corpus_builder.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <vector>

#include "base/file.h"
#include "base/rng.h"
#include "corpus/corpus.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

struct Event {
  std::string user, item;
  std::int64_t time = kNoTime;
  float rating = kNoRating;
};

void feed(CorpusBuilder& builder, const std::vector<Event>& events) {
  for (const auto& event : events) {
    Interaction record{.user = event.user, .item = event.item, .rating = event.rating, .time_ms = event.time};
    record.review = "review of " + event.item;
    builder.interaction(record);
  }
}

class CorpusBuilderTest : public ::testing::Test {
 protected:
  std::shared_ptr<const Corpus> build(const std::vector<Event>& events, const CleaningOptions& options = {}) {
    CorpusBuilder builder(folder_ / "c", "test", "events", options, /*force=*/true);
    feed(builder, events);
    report_ = builder.finish();
    return Corpus::open(folder_ / "c");
  }
  static std::string history(const Corpus& corpus, std::string_view user) {
    std::string text;
    for (const ItemId item : corpus.items_of(corpus.find_user(user).value())) text += corpus.catalog().key(item);
    return text;
  }
  std::vector<fs::path> named(const std::string& prefix) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path());
    }
    return found;
  }
  bool is_clean() const {  // only the corpus itself
    return std::all_of(fs::directory_iterator(folder_.path()), fs::directory_iterator(),
                       [](const auto& entry) { return entry.path().filename() == "c"; });
  }

  test::TemporaryFolder folder_;
  IngestReport report_;
};

TEST_F(CorpusBuilderTest, SortsByUserAndTimeAndNumbersByFirstAppearance) {
  const auto corpus = build({{"u2", "b", 30}, {"u1", "a", 20}, {"u2", "a", 10}, {"u1", "c", 5}, {"u2", "c", 20}});
  EXPECT_EQ(corpus->user_key(0), "u2");
  EXPECT_EQ(corpus->catalog().key(0), "b");
  EXPECT_EQ(history(*corpus, "u2"), "acb");
  EXPECT_EQ(history(*corpus, "u1"), "ca");
  EXPECT_EQ(corpus->review(0), "review of a");
  EXPECT_EQ(corpus->info().name, "test");
  EXPECT_EQ(corpus->info().source, "events");
  EXPECT_EQ(corpus->info().ties, "shuffled");
  EXPECT_EQ(report_.users, 2u);
  EXPECT_EQ(report_.items, 3u);
  EXPECT_EQ(report_.interactions, 5u);
  EXPECT_TRUE(is_clean());
}

TEST_F(CorpusBuilderTest, DropsExactDuplicatesOnly) {
  const auto corpus = build({{"u", "a", 1, 5}, {"u", "a", 1, 2}, {"u", "a", 2, 3}, {"u", "b", 1}, {"v", "a", 1}});
  EXPECT_EQ(corpus->interaction_count(), 4u);
  EXPECT_EQ(report_.duplicates, 1u);
  const auto range = corpus->range_of(corpus->find_user("u").value());
  for (std::size_t i = range.begin; i < range.end; ++i) EXPECT_NE(corpus->ratings()[i], 2) << "the first stays";
}

TEST_F(CorpusBuilderTest, RepeatsWithoutTimesAreNoDuplicates) {
  EXPECT_EQ(history(*build({{"u", "a"}, {"u", "b"}, {"u", "a"}}), "u"), "aba");
  EXPECT_EQ(report_.duplicates, 0u);
}

TEST_F(CorpusBuilderTest, PairsKeepTheLast) {
  CleaningOptions options;
  options.duplicates = CleaningOptions::Duplicates::kPair;
  EXPECT_EQ(history(*build({{"u", "a", 3}, {"u", "b", 2}, {"u", "a", 1}, {"u", "c", 2}}, options), "u").back(), 'a');
  EXPECT_EQ(report_.duplicates, 1u);
  EXPECT_EQ(history(*build({{"u", "a"}, {"u", "b"}, {"u", "a"}}, options), "u"), "ba");
}

TEST_F(CorpusBuilderTest, KeepsAllOnRequest) {
  CleaningOptions options;
  options.duplicates = CleaningOptions::Duplicates::kKeep;
  EXPECT_EQ(build({{"u", "a", 1}, {"u", "a", 1}}, options)->interaction_count(), 2u);
}

TEST_F(CorpusBuilderTest, DropsLowRatingsButNotMissingOnes) {
  CleaningOptions options;
  options.min_rating = "3";
  EXPECT_EQ(build({{"u", "a", 1, 2.9f}, {"u", "b", 2, 3}, {"u", "c", 3}}, options)->interaction_count(), 2u);
  EXPECT_EQ(report_.below_rating, 1u);
}

// The largest subset in which every user and item reaches its core, by the plain definition.
std::set<std::size_t> slow_core(const std::vector<Event>& events, std::int64_t user_core, std::int64_t item_core) {
  std::set<std::size_t> kept;
  for (std::size_t i = 0; i < events.size(); ++i) kept.insert(i);
  for (bool changed = true; changed;) {
    std::map<std::string, std::int64_t> users, items;
    for (const std::size_t i : kept) ++users[events[i].user], ++items[events[i].item];
    changed = std::erase_if(kept, [&](std::size_t i) {
                return users[events[i].user] < user_core || items[events[i].item] < item_core;
              }) > 0;
  }
  return kept;
}

TEST_F(CorpusBuilderTest, CoreEqualsTheDefinitionOnRandomLogs) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Rng rng(seed, "core");
    std::vector<Event> events;
    for (int i = 0; i < 120; ++i) {
      events.push_back({"u" + std::to_string(rng.below(25)), "i" + std::to_string(rng.below(25)), i});
    }
    CleaningOptions options;
    options.user_core = 2 + static_cast<std::int64_t>(rng.below(3));
    options.item_core = static_cast<std::int64_t>(rng.below(6));
    const auto expected = slow_core(events, options.user_core, options.item_core);
    if (expected.empty()) {
      EXPECT_THROW(build(events, options), Error);
      continue;
    }
    const auto corpus = build(events, options);
    ASSERT_EQ(corpus->interaction_count(), expected.size()) << seed;
    std::set<std::size_t> times(corpus->times().begin(), corpus->times().end());
    EXPECT_EQ(times, expected) << seed;
    EXPECT_EQ(report_.below_core, events.size() - expected.size());
  }
}

TEST_F(CorpusBuilderTest, ALongChainPeelsInLinearTime) {
  std::vector<Event> events;  // u0-i0-u1-i1-...: only the ends are below the core, in every round
  for (int i = 0; i < 60000; ++i) {
    events.push_back({"u" + std::to_string(i), "i" + std::to_string(i), 1});
    events.push_back({"u" + std::to_string(i + 1), "i" + std::to_string(i), 1});
  }
  CleaningOptions options;
  options.user_core = options.item_core = 2;
  EXPECT_THROW(build(events, options), Error);
  EXPECT_TRUE(is_clean());
}

TEST_F(CorpusBuilderTest, TiesAreShuffledBySeedAndOnlyTies) {
  std::vector<Event> events;
  for (int user = 0; user < 400; ++user) {
    const std::string key = "u" + std::to_string(user);
    events.push_back({key, "z", 1});
    for (const char* item : {"a", "b", "c"}) events.push_back({key, item, 2});
  }
  const auto histories = [&](const CleaningOptions& options) {
    const auto corpus = build(events, options);
    std::map<std::string, int> counts;
    std::string all;
    for (int user = 0; user < 400; ++user) {
      const std::string text = history(*corpus, "u" + std::to_string(user));
      ++counts[text];
      all += text;
    }
    EXPECT_EQ(report_.ties, 1200u);
    return std::pair(counts, all);
  };
  CleaningOptions options;
  const auto [counts, first] = histories(options);
  ASSERT_EQ(counts.size(), 6u);  // every order of a, b, c after z
  for (const auto& [order, count] : counts) {
    EXPECT_EQ(order.front(), 'z');
    EXPECT_GT(count, 30) << order;  // 66.7 expected, standard deviation 7.5
  }
  EXPECT_EQ(histories(options).second, first);
  options.seed = 1;
  EXPECT_NE(histories(options).second, first);
  options.shuffle_ties = false;
  EXPECT_EQ(histories(options).first.at("zabc"), 400);
  EXPECT_EQ(Corpus::open(folder_ / "c")->info().ties, "file");
}

TEST_F(CorpusBuilderTest, SourcesWithoutTimesKeepTheFileOrder) {
  EXPECT_EQ(history(*build({{"u", "d"}, {"u", "a"}, {"u", "c"}, {"u", "b"}}), "u"), "dacb");
  EXPECT_EQ(Corpus::open(folder_ / "c")->info().ties, "file");
  CorpusBuilder builder(folder_ / "c", "t", "s", {}, /*force=*/true);
  feed(builder, {{"u", "d", 1}, {"u", "a", 1}, {"u", "c", 1}, {"u", "b", 1}});
  builder.keep_file_order();
  builder.finish();
  EXPECT_EQ(history(*Corpus::open(folder_ / "c"), "u"), "dacb");
  EXPECT_EQ(Corpus::open(folder_ / "c")->info().ties, "file");
}

TEST_F(CorpusBuilderTest, JoinsTablesAndDropsUnusedRows) {
  CleaningOptions options;
  options.items_without_events = CleaningOptions::ItemsWithoutEvents::kDrop;
  CorpusBuilder builder(folder_ / "c", "t", "s", options, /*force=*/false);
  ItemRecord unused{.key = "unused", .title = "Nobody's", .brand = "", .description = ""};
  ItemRecord old{.key = "a", .title = "Old title", .brand = "", .description = ""};
  ItemRecord fresh{.key = "a",
                   .title = "Title \xFF",
                   .brand = "Brand",
                   .description = "Text",
                   .price = 2.5,
                   .categories = {"x", "y"},
                   .attributes = {{"colour", std::string("red")}}};
  UserRecord user{.key = "u", .name = "Uma", .attributes = {{"age", 30.0}}}, stranger{.key = "s", .name = "S"};
  builder.item(unused);
  builder.item(old);
  feed(builder, {{"u", "a", 1}, {"v", "b", 2}});
  builder.item(fresh);
  builder.user(user);
  builder.user(stranger);
  builder.progress(100, 7);
  const IngestReport report = builder.finish();
  const auto corpus = Corpus::open(folder_ / "c");
  EXPECT_EQ(report.unused_items, 1u);
  EXPECT_EQ(report.unused_users, 1u);
  EXPECT_EQ(report.bytes, 100u);
  EXPECT_EQ(report.lines, 7u);
  ASSERT_EQ(corpus->item_count(), 2u);
  const ItemCatalog& catalog = corpus->catalog();
  EXPECT_EQ(catalog.title(0), "Title \xEF\xBF\xBD");
  EXPECT_EQ(catalog.price(0), 2.5);
  EXPECT_EQ(catalog.categories(0), (std::vector<std::string_view>{"x", "y"}));
  EXPECT_EQ(std::get<std::string>(catalog.attributes(0).at(0).value), "red");
  EXPECT_EQ(catalog.title(1), "");
  EXPECT_TRUE(std::isnan(catalog.price(1)));
  EXPECT_EQ(corpus->user_name(0), "Uma");
  EXPECT_EQ(corpus->user_name(1), "");
}

TEST_F(CorpusBuilderTest, ItemsWithoutEventsComeLastOrAreDropped) {
  using Wish = CleaningOptions::ItemsWithoutEvents;
  const auto build_with = [&](Wish wish, std::size_t new_items, const CleaningOptions& base = {}) {
    CleaningOptions options = base;
    options.items_without_events = wish;
    CorpusBuilder builder(folder_ / "c", "t", "s", options, /*force=*/true);
    for (std::size_t i = 0; i < new_items; ++i) {
      ItemRecord fresh{.key = "n" + std::to_string(i), .title = "New"};
      builder.item(fresh);
    }
    ItemRecord known{.key = "b", .title = "Known"};
    builder.item(known);
    feed(builder, {{"u", "a", 1, 5}, {"u", "b", 2, 5}, {"v", "a", 3, 5}, {"v", "c", 4, 1}});
    report_ = builder.finish();
    return Corpus::open(folder_ / "c");
  };
  auto corpus = build_with(Wish::kAuto, 2);
  EXPECT_EQ(corpus->item_count(), 5u);
  EXPECT_EQ(corpus->items_with_events(), 3u);
  EXPECT_EQ(corpus->items_without_events(), (std::vector<ItemId>{3, 4}));
  EXPECT_EQ(corpus->catalog().key(3), "n0");
  EXPECT_EQ(corpus->catalog().title(4), "New");
  EXPECT_EQ(report_.items_without_events, 2u);
  EXPECT_EQ(report_.kept_without_events, 2u);
  EXPECT_EQ(report_.unused_items, 0u);

  corpus = build_with(Wish::kAuto, 1001);
  EXPECT_EQ(corpus->item_count(), 3u) << "more than 1000, and more than the items with events";
  EXPECT_EQ(report_.items_without_events, 1001u);
  EXPECT_EQ(report_.kept_without_events, 0u);
  EXPECT_EQ(build_with(Wish::kKeep, 1001)->item_count(), 1004u);
  EXPECT_EQ(build_with(Wish::kDrop, 2)->item_count(), 3u);

  CleaningOptions core;
  core.item_core = 2;  // b and c have one event each
  corpus = build_with(Wish::kKeep, 1, core);
  EXPECT_EQ(corpus->item_count(), 2u) << "an item that the core removed is not new";
  CleaningOptions rated;
  rated.min_rating = "2";  // removes the only event of c
  EXPECT_EQ(build_with(Wish::kKeep, 0, rated)->item_count(), 2u);
}

TEST_F(CorpusBuilderTest, EventTypesAreChosenAndWeighted) {
  const auto build_with = [&](const CleaningOptions& options) {
    CorpusBuilder builder(folder_ / "c", "t", "s", options, /*force=*/true);
    for (const auto& [item, type] : {std::pair{"a", "view"}, {"a", "purchase"}, {"b", "view"}, {"c", "cart"}}) {
      Interaction record{.user = "u", .item = item, .time_ms = 5, .event = type};
      builder.interaction(record);
    }
    Interaction repeat{.user = "u", .item = "b", .time_ms = 5, .event = "view"};
    builder.interaction(repeat);
    report_ = builder.finish();
    return Corpus::open(folder_ / "c");
  };
  auto corpus = build_with({});
  EXPECT_EQ(corpus->interaction_count(), 4u) << "a purchase after a view in the same second is no duplicate";
  EXPECT_EQ(report_.duplicates, 1u);
  EXPECT_EQ(report_.events, (std::map<std::string, std::uint64_t>{{"cart", 1}, {"purchase", 1}, {"view", 2}}));
  EXPECT_TRUE(corpus->weights().empty());
  EXPECT_EQ(corpus->weight(0), 1.0f);

  CleaningOptions options;
  options.events = {"view", "purchase", "gift"};
  options.weights = {"view=0.25"};
  corpus = build_with(options);
  ASSERT_EQ(corpus->interaction_count(), 3u);
  EXPECT_EQ(report_.other_events, (std::map<std::string, std::uint64_t>{{"cart", 1}}));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(corpus->weight(i), corpus->event(i) == "view" ? 0.25f : 1.0f);
  ASSERT_EQ(report_.notes.size(), 1u);
  EXPECT_NE(report_.notes[0].find("'gift'"), std::string::npos);
  EXPECT_EQ(corpus->item_count(), 2u);

  options.events = {"gift"};
  EXPECT_THROW(build_with(options), Error);
  options.weights = {"view"};
  EXPECT_THROW(build_with(options), Error);
  options.weights = {"view=-1"};
  EXPECT_THROW(build_with(options), Error);
}

TEST_F(CorpusBuilderTest, FilesOfASplitKeepTheirParts) {
  const auto build_with = [&](const std::vector<std::string>& files, const CleaningOptions& options = {}) {
    CorpusBuilder builder(folder_ / "c", "t", "s", options, /*force=*/true);
    for (const std::string& file : files) {
      builder.begin_file(file);
      if (file.find("test") != std::string::npos) {
        builder.earlier(true);
        feed(builder, {{"v", "h", 3}});
        builder.earlier(false);
      }
      feed(builder, {{"u", file.substr(0, 2), 100}, {"v", file.substr(0, 2), 50}});
    }
    report_ = builder.finish();
    return Corpus::open(folder_ / "c");
  };
  const auto parts = [](const Corpus& corpus, std::string_view user) {
    std::string text;
    const auto range = corpus.range_of(corpus.find_user(user).value());
    for (std::size_t i = range.begin; i < range.end; ++i) text += std::to_string(corpus.given_parts()[i]);
    return text;
  };
  auto corpus = build_with({"x.test.csv", "y.train.csv", "z.valid.csv"});
  EXPECT_EQ(history(*corpus, "u"), "y.z.x.");
  EXPECT_EQ(parts(*corpus, "u"), "012");
  EXPECT_EQ(parts(*corpus, "v"), "0012") << "what a row lists before its target was known before the split";
  EXPECT_TRUE(report_.given_split);
  EXPECT_EQ(report_.part_events, (std::array<std::uint64_t, 3>{3, 2, 2}));
  EXPECT_TRUE(build_with({"x.test.csv"})->given_parts().empty()) << "a test file alone is no split";
  EXPECT_TRUE(build_with({"x.csv", "y.csv"})->given_parts().empty());
  CleaningOptions options;
  options.given_split = false;
  EXPECT_TRUE(build_with({"x.test.csv", "y.train.csv"}, options)->given_parts().empty());
}

TEST_F(CorpusBuilderTest, SaysWhatTheFilesHeld) {
  CorpusBuilder builder(folder_ / "c", "t", "s", {}, /*force=*/true);
  builder.begin_file("log.csv");
  builder.use_columns({.roles = {{"user", "uid"}}});
  feed(builder, {{"u", "a", 1}, {"u", "b", 2}});
  builder.begin_file("items.csv");
  ItemRecord item{.key = "a", .title = "A"};
  builder.item(item);
  builder.bad_line("items.csv", 3, "key: expected a text", "");
  builder.note("A sentence.");
  const IngestReport report = builder.finish();
  ASSERT_EQ(report.files.size(), 2u);
  EXPECT_EQ(report.files[0].interactions, 2u);
  EXPECT_EQ(report.files[0].columns.roles.at(0).second, "uid");
  EXPECT_EQ(report.files[1].items, 1u);
  EXPECT_EQ(report.files[1].bad_lines, 1u);
  EXPECT_EQ(report.notes, std::vector<std::string>{"A sentence."});
  EXPECT_EQ(report.item_rows, 1u);
  EXPECT_EQ(report.described_items, 1u);
  EXPECT_EQ(report.titled_items, 1u);
}

TEST_F(CorpusBuilderTest, KeepsAttributesOfEventsUnlessToldNotTo) {
  for (const bool kept : {true, false}) {
    CleaningOptions options;
    options.event_attributes = kept;
    CorpusBuilder builder(folder_ / "c", "t", "s", options, /*force=*/true);
    feed(builder, {{"u", "b", 2}});
    Interaction record{.user = "u", .item = "a", .time_ms = 1, .review = "r", .headline = "h"};
    record.attributes = {{"votes", 7.0}, {"style \xFF", std::string("red")}};
    builder.interaction(record);
    builder.finish();
    const auto corpus = Corpus::open(folder_ / "c");
    EXPECT_EQ(corpus->review(0), "r");
    EXPECT_EQ(corpus->headline(0), "h");
    EXPECT_EQ(corpus->review(1), "review of b");
    EXPECT_TRUE(corpus->attributes(1).empty());
    ASSERT_EQ(corpus->attributes(0).size(), kept ? 2u : 0u);
    EXPECT_EQ(fs::exists(folder_ / "c" / "interaction.attributes.utf8"), kept);
    if (!kept) continue;
    EXPECT_EQ(std::get<double>(corpus->attributes(0)[0].value), 7.0);
    EXPECT_EQ(corpus->attributes(0)[1].name, "style \xEF\xBF\xBD");
  }
}

TEST_F(CorpusBuilderTest, CountsBadLinesAndKeepsTheFirst) {
  CorpusBuilder builder(folder_ / "c", "t", "s", {}, /*force=*/false);
  for (int i = 1; i <= 150; ++i) builder.bad_line("f.csv", i, i % 2 == 0 ? "rating: bad" : "user: missing", "x\xFF");
  feed(builder, {{"u", "a", 1}, {"", "a", 1}, {"u", "b", 1, INFINITY}});
  const IngestReport report = builder.finish();
  EXPECT_EQ(report.bad_lines, 152u);
  EXPECT_EQ(report.bad_reasons.at("rating: bad"), 75u);
  ASSERT_EQ(report.examples.size(), IngestReport::kKeptBadLines);
  EXPECT_EQ(report.examples[1].reason, "rating: bad, got 'x\xEF\xBF\xBD'");
  EXPECT_EQ(report.examples[1].line, 2u);
  EXPECT_EQ(report.interactions, 1u);
}

TEST_F(CorpusBuilderTest, StrictStopsAtTheFirstBadLine) {
  CleaningOptions options;
  options.strict = true;
  CorpusBuilder builder(folder_ / "c", "t", "s", options, /*force=*/false);
  try {
    builder.bad_line("f.csv", 12, "rating: expected a number", "abc");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupted);
    EXPECT_NE(std::string(error.what()).find("f.csv:12"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("abc"), std::string::npos) << error.what();
  }
}

TEST_F(CorpusBuilderTest, NothingLeftIsADataErrorThatSaysWhy) {
  CorpusBuilder builder(folder_ / "c", "t", "s", {}, /*force=*/false);
  builder.bad_line("f.csv", 3, "time: expected a number", "x");
  try {
    builder.finish();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.subject(), ErrorSubject::kData);
    EXPECT_NE(std::string(error.what()).find("f.csv:3"), std::string::npos) << error.what();
  }
  EXPECT_FALSE(fs::exists(folder_ / "c"));
}

TEST_F(CorpusBuilderTest, RefusesAnExistingTargetUnlessForced) {
  build({{"u", "a", 1}});
  EXPECT_THROW(CorpusBuilder(folder_ / "c", "t", "s", {}, /*force=*/false), Error);
  EXPECT_NO_THROW(Corpus::open(folder_ / "c"));
}

TEST_F(CorpusBuilderTest, ForceReplacesACorpusAndNothingElse) {
  const auto refused = [this](const char* name, const std::string& named) {
    try {
      CorpusBuilder(folder_ / name, "t", "s", {}, /*force=*/true);
      ADD_FAILURE() << name << " would be replaced";
    } catch (const Error& error) {
      EXPECT_EQ(exit_code_of(error), 2);
      EXPECT_NE(std::string(error.what()).find(named), std::string::npos) << error.what();
    }
    EXPECT_TRUE(named.empty() || fs::exists(folder_ / named)) << name;
  };
  fs::create_directory(folder_ / "home");
  write_file_atomically(folder_ / "home/thesis.txt", "mine");
  refused("home", "home/thesis.txt");
  refused("home/thesis.txt", "home/thesis.txt");
  fs::create_directory(folder_ / "header");
  write_file_atomically(folder_ / "header/corpus.json", "{\"format\": \"another\"}");
  refused("header", "header/corpus.json");

  build({{"u", "a", 1}});
  write_file_atomically(folder_ / "c/notes.txt", "mine");
  refused("c", "c/notes.txt");
  fs::remove(folder_ / "c/notes.txt");
  fs::create_directory(folder_ / "c/notes");
  refused("c", "c/notes");
  fs::remove(folder_ / "c/notes");
  fs::resize_file(folder_ / "c/interaction.item.u32", 1);  // a damaged corpus is still a corpus
  EXPECT_NO_THROW(build({{"u", "a", 1}}));
  fs::create_directory(folder_ / "empty");
  EXPECT_NO_THROW(CorpusBuilder(folder_ / "empty", "t", "s", {}, /*force=*/true));
}

TEST_F(CorpusBuilderTest, WhatComesIntoTheTargetMeanwhileStays) {
  build({{"u", "a", 1}});
  CorpusBuilder builder(folder_ / "c", "t", "s", {}, /*force=*/true);
  feed(builder, {{"u", "b", 1}});
  write_file_atomically(folder_ / "c/notes.txt", "mine");
  EXPECT_THROW(builder.finish(), Error);
  EXPECT_TRUE(fs::exists(folder_ / "c/notes.txt"));
}

TEST_F(CorpusBuilderTest, AKilledImportLeavesNoCorpusAndTheNextOneCleansUp) {
  const pid_t child = ::fork();
  if (child == 0) {
    CorpusBuilder builder(folder_ / "c", "t", "s", {}, /*force=*/false);
    feed(builder, {{"u", "a", 1}});
    ::_exit(0);  // as abrupt as a kill: no destructor runs
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_FALSE(fs::exists(folder_ / "c"));
  const std::vector<fs::path> leftovers = named("c.tmp-");
  ASSERT_EQ(leftovers.size(), 1u);
  // Folders of a running program or of another name are not touched.
  const AtomicDirectory living(folder_ / "c", AtomicDirectory::Existing::kReplace);
  EXPECT_FALSE(fs::exists(leftovers.front()));
  const fs::path other = folder_ / "c.tmp-notes";
  fs::create_directory(other);
  build({{"u", "a", 1}});
  EXPECT_TRUE(fs::exists(living.path()));
  EXPECT_TRUE(fs::exists(other));
}

// Users name copies like that.
TEST_F(CorpusBuilderTest, FoldersThatP5DidNotMakeStayWhateverTheirNames) {
  for (const char* name : {"c.old-20231105", "c.tmp-99999999", "c.tmp-0123456789abcdef"}) {
    fs::create_directory(folder_ / name);
    write_file_atomically(folder_ / name / "thesis", "copy");
  }
  build({{"u", "a", 1}});
  EXPECT_THROW(CorpusBuilder(folder_ / "c", "t", "s", {}, /*force=*/false), Error);
  for (const char* name : {"c.old-20231105", "c.tmp-99999999", "c.tmp-0123456789abcdef"}) {
    EXPECT_TRUE(fs::exists(folder_ / name / "thesis")) << name;
  }
}

TEST_F(CorpusBuilderTest, OptionsRefuseOtherWords) {
  CleaningOptions options;
  OptionTable table;
  options.bind(table);
  table.set("import.duplicates", "pair", "test");
  table.set("import.user_core", "5", "test");
  EXPECT_EQ(options.duplicates, CleaningOptions::Duplicates::kPair);
  EXPECT_EQ(options.user_core, 5);
  EXPECT_THROW(table.set("import.duplicates", "some", "test"), Error);
  EXPECT_THROW(table.set("import.item_core", "-1", "test"), Error);
}

}  // namespace
}  // namespace p5
