#include "indexing/item_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/digest.h"
#include "base/file.h"
#include "p5/error.h"
#include "support/random_paths.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Tokens = std::vector<TokenId>;

TEST(ItemIndex, GoesBothWays) {
  Rng rng(1, "index");
  const ItemIndex index = test::random_index(rng, 200);
  EXPECT_EQ(index.size(), 200u);
  EXPECT_EQ(index.longest_path(), 4u);
  for (ItemId item = 0; item < index.size(); ++item) EXPECT_EQ(index.find(index.path(item)), item);
  EXPECT_EQ(index.find(Tokens{}), std::nullopt);
  EXPECT_EQ(index.find(Tokens{99}), std::nullopt);
  EXPECT_EQ(index.find(Tokens{3, 3, 3, 3, 3}), std::nullopt);
}

TEST(ItemIndex, KeepsAPrefixApartFromWhatItBegins) {
  const ItemIndex index("test", {{5, 6}, {5}, {5, 6, 7}}, {"a", "b", "c"});
  EXPECT_EQ(index.find(Tokens{5}), 1u);
  EXPECT_EQ(index.find(Tokens{5, 6}), 0u);
  EXPECT_EQ(index.find(Tokens{5, 6, 7}), 2u);
  EXPECT_THAT(index.path(2), ElementsAre(5, 6, 7));
}

TEST(ItemIndex, NumbersAreThoseOfTheNames) {
  const ItemIndex index("test", {{5}, {6}, {7}, {8}}, {"item_42", "7", "soap", "item_99999999999999999999"});
  EXPECT_EQ(index.number(0), 42);
  EXPECT_EQ(index.number(1), 7);
  EXPECT_EQ(index.number(2), 2);
  EXPECT_EQ(index.number(3), 3) << "no number holds it";
}

TEST(ItemIndex, Pitfall17RefusesWhatIsNoBijection) {
  EXPECT_THROW(ItemIndex("test", {{5, 6}, {5, 6}}, {"a", "b"}), Error);
  EXPECT_THROW(ItemIndex("test", {{5}, {}}, {"a", "b"}), Error);
  EXPECT_THROW(ItemIndex("test", {{5}}, {"a", "b"}), Error);
  for (const TokenId special : {kPadToken, kEndToken, kUnknownToken, -1}) {
    EXPECT_THROW(ItemIndex("test", {{5, special}}, {"a"}), Error) << special;
  }
  EXPECT_THROW(ItemIndex("test", {{5}}, {"\xFF"}), Error);
}

TEST(ItemIndex, ComesBackFromItsFile) {
  const test::TemporaryFolder folder;
  Rng rng(2, "index");
  const ItemIndex index = test::random_index(rng, 100);
  index.save(folder / "items.index");
  const ItemIndex again = ItemIndex::load(folder / "items.index");
  EXPECT_EQ(again.scheme(), "test");
  ASSERT_EQ(again.size(), index.size());
  for (ItemId item = 0; item < index.size(); ++item) {
    EXPECT_TRUE(std::ranges::equal(again.path(item), index.path(item)));
    EXPECT_EQ(again.name(item), index.name(item));
    EXPECT_EQ(again.find(index.path(item)), item);
  }
}

TEST(ItemIndex, OfNoItemsComesBackToo) {
  const test::TemporaryFolder folder;
  ItemIndex("none", {}, {}).save(folder / "items.index");
  const ItemIndex again = ItemIndex::load(folder / "items.index");
  EXPECT_EQ(again.size(), 0u);
  EXPECT_EQ(again.longest_path(), 0u);
}

class DamagedIndex : public ::testing::Test {
 protected:
  DamagedIndex() : file_(folder_ / "items.index") {
    ItemIndex("test", {{5, 6}, {5}, {7}}, {"a", "bb", ""}).save(file_);
    good_ = read_file(file_);
  }
  // The error that loading `content` gives. With a fresh checksum, if wanted, as an attacker would write it.
  std::string reason(std::string content, bool sign) {
    if (sign) {
      const std::uint64_t sum = checksum64(std::as_bytes(std::span(content).first(content.size() - 8)));
      std::memcpy(content.data() + content.size() - 8, &sum, 8);
    }
    write_file_atomically(file_, content);
    try {
      ItemIndex::load(file_);
    } catch (const Error& error) {
      EXPECT_EQ(error.subject(), ErrorSubject::kModel) << error.what();
      return error.what();
    }
    return "accepted";
  }
  std::string with(std::size_t at, std::uint64_t value, std::size_t bytes) const {
    std::string content = good_;
    std::memcpy(content.data() + at, &value, bytes);
    return content;
  }

  test::TemporaryFolder folder_;
  std::filesystem::path file_;
  std::string good_;
};

TEST_F(DamagedIndex, SaysWhatIsWrong) {
  EXPECT_EQ(reason(good_, true), "accepted");
  EXPECT_THAT(reason(with(0, 'x', 1), true), HasSubstr("p5-index"));
  EXPECT_THAT(reason(with(8, 2, 8), true), HasSubstr("unknown version"));
  EXPECT_THAT(reason(with(16, ~0ULL, 8), true), HasSubstr("counts up to"));
  EXPECT_THAT(reason(with(24, 0xffffffffULL, 8), true), HasSubstr("counts up to"));
  EXPECT_THAT(reason(with(24, 4, 8), true), HasSubstr("bytes"));
  EXPECT_THAT(reason(with(60, 9, 1), false), HasSubstr("checksum"));
  EXPECT_THAT(reason("", false), HasSubstr("at least"));
  const std::size_t offsets = 48 + 4, tokens = offsets + 16;  // after the header and "test"
  EXPECT_THAT(reason(with(offsets + 4, 1000, 4), true), HasSubstr("ascending"));
  EXPECT_THAT(reason(with(offsets, 1, 4), true), HasSubstr("ascending"));
  EXPECT_THAT(reason(with(tokens, 0xffffffffULL, 4), true), HasSubstr("special token"));
  EXPECT_THAT(reason(with(tokens + 12, 5, 4), true), HasSubstr("share one path"));
  EXPECT_THAT(reason(with(tokens + 16 + 8, 0, 4), true), HasSubstr("ascending"));
}

TEST_F(DamagedIndex, NeverGetsFurtherThanAnError) {
  Rng rng(3, "damage");
  for (std::size_t size = 0; size < good_.size(); ++size) EXPECT_NE(reason(good_.substr(0, size), false), "accepted");
  for (int i = 0; i < 300; ++i) {
    std::string bad = good_;
    bad[rng.below(bad.size())] = static_cast<char>(rng.below(256));
    reason(bad, true);
  }
}

TEST(ItemIndex, MissingFileIsAnError) { EXPECT_THROW(ItemIndex::load("no/such/items.index"), Error); }

}  // namespace
}  // namespace p5
