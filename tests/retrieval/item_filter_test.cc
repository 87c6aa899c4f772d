#include "retrieval/item_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "p5/error.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// 0 a guitar of Fender for 500, 1 strings of Ernie Ball for 5, 2 a drum without brand for 49.99, 3 nothing known.
class ItemFilterTest : public testing::Test {
 protected:
  std::vector<ItemId> select(const std::string& text) const {
    return ItemFilter::parse(text).select(corpus_.catalog());
  }
  std::string refusal(const std::string& text) const {
    try {
      select(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      return error.what();
    }
    ADD_FAILURE() << "not refused: " << text;
    return "";
  }

  test::FakeCorpus corpus_{test::FakeData{.histories = {{0, 1, 2, 3}},
                                          .items = 4,
                                          .titles = {"Strat, sunburst", "Slinky (light)", "Snare Drum", ""},
                                          .brands = {"Fender", "Ernie Ball", "", ""},
                                          .prices = {500, 5, 49.99, kUnknown},
                                          .categories = {{"Instruments", "Guitars"}, {"Strings"}, {"Drums"}, {}}}};
};

TEST_F(ItemFilterTest, ComparesTextsAsWholesWithoutCase) {
  EXPECT_THAT(select("category=guitars"), ElementsAre(0));
  EXPECT_THAT(select("CATEGORY = Instruments"), ElementsAre(0));
  EXPECT_THAT(select("category=Guitar"), IsEmpty());
  EXPECT_THAT(select("brand='ernie ball'"), ElementsAre(1));
  EXPECT_THAT(select("item=i2"), ElementsAre(2));
}

TEST_F(ItemFilterTest, ComparesNumbersAndPassesOverUnknownOnes) {
  EXPECT_THAT(select("price<50"), ElementsAre(1, 2));
  EXPECT_THAT(select("price<=5"), ElementsAre(1));
  EXPECT_THAT(select("price>5"), ElementsAre(0, 2));
  EXPECT_THAT(select("price >= 49.99"), ElementsAre(0, 2));
  EXPECT_THAT(select("price=500"), ElementsAre(0));
}

TEST_F(ItemFilterTest, OppositesHoldWhereTheFieldIsMissing) {
  EXPECT_THAT(select("brand!=Fender"), ElementsAre(1, 2, 3));
  EXPECT_THAT(select("price!=5"), ElementsAre(0, 2, 3));
  EXPECT_THAT(select("title!~s"), ElementsAre(3));
}

TEST_F(ItemFilterTest, LooksForParts) {
  EXPECT_THAT(select("title~drum"), ElementsAre(2));
  EXPECT_THAT(select("title ~ \"T, sun\""), ElementsAre(0));
  EXPECT_THAT(select("title~'(light)'"), ElementsAre(1));
}

TEST_F(ItemFilterTest, AndBindsMoreThanOr) {
  EXPECT_THAT(select("price<50 brand!=Fender title~slinky"), ElementsAre(1));
  EXPECT_THAT(select("price<50, category=Drums"), ElementsAre(2));
  EXPECT_THAT(select("category=Guitars or price<50 and category=Drums"), ElementsAre(0, 2));
  EXPECT_THAT(select("(category=Guitars or price<50) and category=Drums"), ElementsAre(2));
  EXPECT_THAT(select("not price<50"), ElementsAre(0, 3));
  EXPECT_THAT(select("not (category=Guitars OR category=Drums) AND price<50"), ElementsAre(1));
}

TEST_F(ItemFilterTest, ErrorsNameTheColumn) {
  EXPECT_THAT(refusal("price"), HasSubstr("column 6"));
  EXPECT_THAT(refusal("price<"), HasSubstr("expected a value, got the end"));
  EXPECT_THAT(refusal("price<cheap"), HasSubstr("column 7: not a number"));
  EXPECT_THAT(refusal("title<5"), HasSubstr("a text has no order"));
  EXPECT_THAT(refusal("price~5"), HasSubstr("a number has no parts"));
  EXPECT_THAT(refusal("(price<5"), HasSubstr("opened in column 1"));
  EXPECT_THAT(refusal("price<5)"), HasSubstr("column 8"));
  EXPECT_THAT(refusal("brand='Fender"), HasSubstr("not closed"));
  EXPECT_THAT(refusal("price<5 or"), HasSubstr("expected a field"));
  EXPECT_THAT(refusal(""), HasSubstr("ends too early"));
  EXPECT_THAT(refusal("colour=red"), HasSubstr("no item has this field"));
  EXPECT_THAT(refusal("categori=red"), HasSubstr("did you mean 'category'"));
  EXPECT_THAT(refusal(std::string(1000, '(')), HasSubstr("nested too deeply"));
}

// Attributes of all kinds of values.
TEST_F(ItemFilterTest, AsksAttributes) {
  class Catalog final : public ItemCatalog {
   public:
    std::size_t size() const override { return 4; }
    std::string_view key(ItemId) const override { return "key"; }
    std::string_view title(ItemId) const override { return {}; }
    std::string_view brand(ItemId) const override { return {}; }
    std::string_view description(ItemId) const override { return {}; }
    double price(ItemId) const override { return kUnknown; }
    std::vector<std::string_view> categories(ItemId) const override { return {}; }
    std::optional<ItemId> find(std::string_view) const override { return std::nullopt; }
    std::vector<Attribute> attributes(ItemId item) const override {
      switch (item) {
        case 0:
          return {{"year", 1994.0}, {"genre", std::vector<std::string>{"Comedy", "Drama"}}};
        case 1:
          return {{"year", "2001"}, {"or", "x"}};
        case 2:
          return {{"year", "unknown"}, {"genre", std::vector<std::string>{"Drama"}}};
        default:
          return {};
      }
    }
  };
  const Catalog catalog;
  const auto select = [&](const char* text) { return ItemFilter::parse(text).select(catalog); };
  EXPECT_THAT(select("genre=drama"), ElementsAre(0, 2));
  EXPECT_THAT(select("genre~com"), ElementsAre(0));
  EXPECT_THAT(select("genre!=Comedy"), ElementsAre(1, 2, 3));
  EXPECT_THAT(select("year>1990"), ElementsAre(0, 1));
  EXPECT_THAT(select("year=1994"), ElementsAre(0));
  EXPECT_THAT(select("or=x"), ElementsAre(1));
}

}  // namespace
}  // namespace p5
