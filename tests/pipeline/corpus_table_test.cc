#include "p5/corpus_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/interrupt.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();

// Texts with the memory that a view borrows.
class Texts {
 public:
  Texts(std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) {
      bytes_ += text;
      offsets_.push_back(bytes_.size());
    }
  }
  TextsView view() const { return {.bytes = bytes_, .offsets = offsets_}; }

 private:
  std::string bytes_;
  std::vector<std::uint64_t> offsets_{0};
};

std::vector<std::string> list_of(const TextsView& texts) {
  std::vector<std::string> list;
  for (std::size_t i = 0; i < texts.size(); ++i) list.emplace_back(texts[i]);
  return list;
}

template <typename T>
std::vector<T> list_of(const NumbersView& numbers) {
  std::vector<T> list(numbers.size);
  std::memcpy(list.data(), numbers.data, numbers.size * sizeof(T));
  return list;
}

class CorpusTableTest : public testing::Test {
 protected:
  CorpusTableTest() {
    request_.events = {.users = users_.view(),
                       .items = items_.view(),
                       .ratings = ratings_,
                       .times_ms = times_,
                       .types = types_.view(),
                       .reviews = reviews_.view()};
    request_.items = {.keys = keys_.view(),
                      .titles = titles_.view(),
                      .prices = prices_,
                      .categories = categories_.view(),
                      .category_begins = begins_,
                      .attributes = attributes_.view()};
    request_.user_keys = KeyKind::kInteger;
    request_.out = (folder_ / "corpus").string();
  }
  std::string refusal() {
    try {
      import_table(request_);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.what();
      EXPECT_FALSE(std::filesystem::exists(request_.out));
      return error.what();
    }
    return "none";
  }

  test::TemporaryFolder folder_;
  Texts users_{"7", "3", "7"}, items_{"a", "b", "b"}, types_{"view", "buy", "view"}, reviews_{"", "Süß", ""};
  std::vector<double> ratings_{1, kNone, 5};
  std::vector<std::int64_t> times_{20, kNever, 10};
  Texts keys_{"a", "b"}, titles_{"A", ""}, categories_{"Tools", "Saws"}, attributes_{R"([["colour","red"]])", ""};
  std::vector<double> prices_{9.5, kNone};
  std::vector<std::uint64_t> begins_{0, 2, 2};
  TableImportRequest request_;
};

TEST_F(CorpusTableTest, GivesTheColumnsBack) {
  const auto report = nlohmann::json::parse(import_table(request_).json);
  EXPECT_EQ(report["interactions"], 3);
  const CorpusTable table = CorpusTable::open(request_.out);
  EXPECT_EQ(table.event_count(), 3U);
  EXPECT_EQ(table.user_keys(), KeyKind::kInteger);
  EXPECT_EQ(table.item_keys(), KeyKind::kText);
  EXPECT_THAT(list_of(table.texts("user.key")), ElementsAre("7", "3"));
  EXPECT_THAT(list_of<std::uint32_t>(table.numbers("event.user")), ElementsAre(0, 0, 1));
  EXPECT_THAT(list_of<std::int64_t>(table.numbers("event.time")), ElementsAre(10, 20, kNever));
  const auto ratings = list_of<float>(table.numbers("event.rating"));
  EXPECT_EQ(ratings[0], 5);
  EXPECT_EQ(ratings[1], 1);
  EXPECT_TRUE(std::isnan(ratings[2]));
  EXPECT_THAT(list_of(table.texts("event.type")), ElementsAre("view", "view", "buy"));
  EXPECT_THAT(list_of(table.texts("event.review")), ElementsAre("", "", "Süß"));
  EXPECT_THAT(list_of(table.texts("event.headline")), ElementsAre("", "", ""));

  EXPECT_THAT(list_of(table.texts("item.key")), testing::UnorderedElementsAre("a", "b"));
  const std::size_t a = table.texts("item.key")[0] == "a" ? 0 : 1;
  EXPECT_EQ(table.texts("item.title")[a], "A");
  EXPECT_EQ(list_of<double>(table.numbers("item.price"))[a], 9.5);
  EXPECT_THAT(list_of(table.texts("item.category")), ElementsAre("Tools", "Saws"));
  EXPECT_EQ(list_of<std::uint64_t>(table.numbers("item.category_begin"))[a + 1], 2U);
  EXPECT_EQ(table.texts("item.attributes")[a], R"([["colour","red"]])");
  EXPECT_EQ(nlohmann::json::parse(table.stats_json())["users"], 2);
  EXPECT_THROW(table.numbers("event.colour"), Error);
  EXPECT_THROW(table.texts("event.rating"), Error);
}

TEST_F(CorpusTableTest, WithoutTimesTheOrderIsThatOfTheRows) {
  request_.events.times_ms = {};
  import_table(request_);
  const CorpusTable table = CorpusTable::open(request_.out);
  EXPECT_THAT(list_of<float>(table.numbers("event.rating")), ElementsAre(1, 5, testing::NanSensitiveFloatEq(NAN)));
}

TEST_F(CorpusTableTest, NamesColumnsThatDoNotFitTogether) {
  const EventColumns events = request_.events;
  request_.events.ratings = request_.events.ratings.first(2);
  EXPECT_THAT(refusal(), HasSubstr("events.ratings: a column of another length: expected 3 rows"));
  request_.events = events;
  request_.events.items = {};
  EXPECT_THAT(refusal(), HasSubstr("events.items"));
  request_.events = {};
  EXPECT_THAT(refusal(), HasSubstr("events.users"));
  request_.events = events;
  begins_ = {0, 3, 2};
  EXPECT_THAT(refusal(), HasSubstr("items.category_begins[1]"));
  begins_ = {0, 2, 2};
  request_.settings = {{"import.format", "csv", "a notebook"}};
  EXPECT_THAT(refusal(), HasSubstr("a notebook"));
}

TEST_F(CorpusTableTest, KeepsUsersAndFactsAboutEvents) {
  const Texts devices{R"([["device","phone"]])", "", R"([["device","desk"],["seconds",2.5]])"};
  const Texts keys{"3", "7", "99"}, names{"Bo", "Ann", "Nobody"}, ages{R"([["age",30.0]])", "", ""};
  request_.events.attributes = devices.view();
  request_.users = {.keys = keys.view(), .names = names.view(), .attributes = ages.view()};
  import_table(request_);
  const CorpusTable table = CorpusTable::open(request_.out);
  EXPECT_THAT(list_of(table.texts("event.attributes")),
              ElementsAre(R"([["device","desk"],["seconds",2.5]])", R"([["device","phone"]])", ""));
  EXPECT_THAT(list_of(table.texts("user.key")), ElementsAre("7", "3"));  // without an event nobody is kept
  EXPECT_THAT(list_of(table.texts("user.name")), ElementsAre("Ann", "Bo"));
  EXPECT_THAT(list_of(table.texts("user.attributes")), ElementsAre("", R"([["age",30]])"));
  request_.out = (folder_ / "bad").string();
  request_.users.names = {.bytes = "", .offsets = names.view().offsets.first(3)};
  EXPECT_THAT(refusal(), HasSubstr("users.names: a column of another length: expected 3 rows"));
}

TEST_F(CorpusTableTest, GoesOnFromACorpus) {
  const Texts names{"Ann"}, ann{"7"};
  request_.users = {.keys = ann.view(), .names = names.view()};
  request_.settings = {{"import.weights", R"(["view=0.5"])"}};
  import_table(request_);

  const Texts users{"5", "7"}, items{"c", "b"}, types{"view", "view"}, keys{"b", "c"};
  const Texts facts{R"([["colour","blue"]])", R"([["shape","round"]])"};
  const std::vector<std::int64_t> times{30, 40};
  const std::vector<double> prices{2, 3};
  TableImportRequest more;
  more.events = {.users = users.view(), .items = items.view(), .times_ms = times, .types = types.view()};
  more.items = {.keys = keys.view(), .prices = prices, .attributes = facts.view()};
  more.onto = request_.out;
  more.out = (folder_ / "grown").string();
  import_table(more);
  const CorpusTable grown = CorpusTable::open(more.out);
  EXPECT_EQ(grown.event_count(), 5U);
  EXPECT_EQ(grown.user_keys(), KeyKind::kInteger);
  EXPECT_THAT(list_of(grown.texts("user.key")), ElementsAre("7", "3", "5"));
  EXPECT_THAT(list_of(grown.texts("user.name")), ElementsAre("Ann", "", ""));
  EXPECT_THAT(list_of<std::int64_t>(grown.numbers("event.time")), ElementsAre(10, 20, 40, kNever, 30));
  EXPECT_THAT(list_of(grown.texts("event.review")), ElementsAre("", "", "", "Süß", ""));
  // What the columns say counts, and the rest stays.
  const auto known = list_of(grown.texts("item.key"));
  const auto at = [&](const char* key) {
    return static_cast<std::size_t>(std::ranges::find(known, key) - known.begin());
  };
  EXPECT_EQ(grown.texts("item.title")[at("a")], "A");
  EXPECT_EQ(list_of<double>(grown.numbers("item.price"))[at("a")], 9.5);
  EXPECT_EQ(list_of<double>(grown.numbers("item.price"))[at("b")], 2);
  EXPECT_EQ(grown.texts("item.attributes")[at("a")], R"([["colour","red"]])");
  EXPECT_EQ(grown.texts("item.attributes")[at("c")], R"([["shape","round"]])");

  request_ = more;
  request_.out = (folder_ / "bad").string();
  request_.settings = {{"import.user_core", "2", "a notebook"}};
  EXPECT_THAT(refusal(), HasSubstr("import.user_core: a corpus that grows is not cleaned anew"));
  request_.settings = {};
  request_.events.times_ms = {};
  EXPECT_THAT(refusal(), HasSubstr("events.times_ms: a column is missing: expected times, as the corpus has them"));
}

TEST_F(CorpusTableTest, AStoppedImportLeavesNothing) {
  StopSource stop;
  stop.request_stop();
  request_.stop = stop.token();
  EXPECT_THROW(import_table(request_), Interrupted);
  EXPECT_FALSE(std::filesystem::exists(request_.out));
}

}  // namespace
}  // namespace p5
