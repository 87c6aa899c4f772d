#include "recommend/free_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_corpus.h"

namespace p5 {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Items with the keys i0 to i5 (support/fake_corpus.h) and users u0 to u2.
class FreeTextTest : public testing::Test {
 protected:
  FreeTextTest() {
    test::FakeData data;
    data.items = 6;
    data.histories = {{0}, {1}, {2}};
    data.titles = {"Toy Story (1995)", "Heat (1995)", "Heat (1986)", "Ocean's Eleven", "", "Star Wars: A New Hope"};
    corpus_ = std::make_shared<const test::FakeCorpus>(std::move(data));
    std::vector<std::vector<TokenId>> paths;
    std::vector<std::string> names;
    for (TokenId i = 0; i < 6; ++i) {
      paths.push_back({10 + i});
      names.push_back("item_100" + std::to_string(i));
    }
    text_ = std::make_unique<FreeText>(std::make_shared<const ItemIndex>("by hand", paths, names), corpus_);
  }
  // "After [0] and u[2]?": items and users by their ids.
  std::string read(const std::string& text) const {
    std::string result;
    for (const Mention& mention : text_->parse(text)) {
      if (mention.kind == Mention::Kind::kText) result += mention.text;
      if (mention.kind == Mention::Kind::kItem) result += "[" + std::to_string(mention.id) + "]";
      if (mention.kind == Mention::Kind::kUser) result += "u[" + std::to_string(mention.id) + "]";
    }
    return result;
  }
  std::string refusal(const std::string& text) const {
    try {
      return "not refused: " + read(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kNotFound);
      return error.what();
    }
  }

  std::shared_ptr<const Corpus> corpus_;
  std::unique_ptr<FreeText> text_;
};

TEST_F(FreeTextTest, ReadsIdsKeysAndTitles) {
  EXPECT_EQ(read("After item_1000 and i3?"), "After [0] and [3]?");
  EXPECT_EQ(read("What comes after 'Toy Story' and \"Heat (1986)\"?"), "What comes after [0] and [2]?");
  EXPECT_EQ(read("after 'toy story (1995)', 'Star Wars'."), "after [0], [5].");
  EXPECT_EQ(read("'Ocean's Eleven' next"), "[3] next");
  EXPECT_EQ(read("'i4'"), "[4]");
  EXPECT_EQ(read("user_2 and u0 bought i1"), "u[1] and u[0] bought [1]");
}

TEST_F(FreeTextTest, LeavesOtherWordsAlone) {
  for (const char* text : {"It's the users' choice, isn't it?", "rock 'n' roll", "12 films of 1995", "item_ xitem_1000",
                           "caf\xC3\xA9 \xFF", "   ", "''"}) {
    EXPECT_EQ(read(text), text);
  }
}

TEST_F(FreeTextTest, RefusesWhatNobodyIsCalled) {
  EXPECT_THAT(refusal("item_17"), AllOf(HasSubstr("no item has this id"), HasSubstr("item_1000")));
  EXPECT_THAT(refusal("user_4"), HasSubstr("user_1 to user_3"));
  EXPECT_THAT(refusal("user_0"), HasSubstr("no user"));
  EXPECT_THAT(refusal("'Toy Storey'"), HasSubstr("perhaps 'Toy Story (1995)'"));
  EXPECT_THAT(refusal("'Heat'"), AllOf(HasSubstr("2 items"), HasSubstr("i1 (Heat (1995))"), HasSubstr("i2")));
}

}  // namespace
}  // namespace p5
