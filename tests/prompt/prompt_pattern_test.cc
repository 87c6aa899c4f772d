#include "prompt/prompt_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "p5/error.h"

namespace p5 {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string error_of(std::string_view text) {
  try {
    PromptPattern::parse(text, "mine.toml:7, source");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupted);
    EXPECT_EQ(error.subject(), ErrorSubject::kData);
    return error.what();
  }
  ADD_FAILURE() << "accepted: " << text;
  return "";
}

TEST(PromptPattern, TakesTextAndSlotsApart) {
  const auto pattern = PromptPattern::parse("Will {user} like {item}?", "here");
  ASSERT_EQ(pattern.pieces().size(), 5u);
  EXPECT_EQ(pattern.pieces()[0].text, "Will ");
  EXPECT_EQ(pattern.pieces()[1].slot, Slot::kUser);
  EXPECT_EQ(pattern.pieces()[4].text, "?");
  EXPECT_THAT(pattern.slots(), ElementsAre(Slot::kUser, Slot::kItem));
  EXPECT_TRUE(pattern.uses(Slot::kItem));
  EXPECT_FALSE(pattern.uses(Slot::kRating));
}

TEST(PromptPattern, NamesASlotOnceHoweverOftenItStands) {
  const auto pattern = PromptPattern::parse("{item} or {user} or {item}", "here");
  EXPECT_THAT(pattern.slots(), ElementsAre(Slot::kItem, Slot::kUser));
}

TEST(PromptPattern, ReadsDoubledBracesAsLiterals) {
  const auto pattern = PromptPattern::parse("{{{item}}} and {{item}}", "here");
  ASSERT_EQ(pattern.pieces().size(), 3u);
  EXPECT_EQ(pattern.pieces()[0].text, "{");
  EXPECT_EQ(pattern.pieces()[1].slot, Slot::kItem);
  EXPECT_EQ(pattern.pieces()[2].text, "} and {item}");
}

TEST(PromptPattern, NamesPlaceSlotAndNearestKnownSlot) {
  EXPECT_THAT(
      error_of("Will {user} like {itm}?"),
      AllOf(HasSubstr("mine.toml:7, source"), HasSubstr("unknown slot 'itm'"), HasSubstr("did you mean 'item'")));
  EXPECT_THAT(error_of("{something_else_altogether}"), HasSubstr("one of user, user_description, item"));
  EXPECT_THAT(error_of("{}"), HasSubstr("unknown slot ''"));
  EXPECT_THAT(error_of("{ item }"), HasSubstr("did you mean 'item'"));
}

TEST(PromptPattern, RefusesBracesThatDoNotPair) {
  for (const std::string_view text : {"{item", "item}", "a } b", "{us{item}", "{", "}", "{item}}", "{{item}"}) {
    EXPECT_THAT(error_of(text), AllOf(HasSubstr("braces do not pair"), HasSubstr("mine.toml:7"))) << text;
  }
}

TEST(PromptPattern, RefusesEmptyTextAndControlCharacters) {
  EXPECT_THAT(error_of(""), HasSubstr("empty"));
  EXPECT_THAT(error_of(" \n\t"), HasSubstr("empty"));
  EXPECT_THAT(error_of(std::string_view("a\0b", 3)), HasSubstr("control"));
  EXPECT_EQ(PromptPattern::parse("two\nlines", "here").pieces().size(), 1u);
}

TEST(PromptPattern, LeavesOutWordsButNoSlots) {
  const PromptPattern pattern = PromptPattern::parse("After {history}: what  will {user} take? Name it.", "test");
  int word = 0;
  const PromptPattern shorter = pattern.without_words([&] { return word++ % 2 == 1; });  // ":", "will", "Name"
  EXPECT_EQ(shorter.text(), "After {history} what {user} take? it.");
  EXPECT_EQ(shorter.slots(), pattern.slots());
  EXPECT_EQ(pattern.without_words([] { return true; }).text(), " {history} {user} ");
  EXPECT_EQ(pattern.without_words([] { return false; }).text(), "After {history}: what will {user} take? Name it.");
}

TEST(SlotSet, KnowsEverySlotByName) {
  for (const std::string& name : slot_names()) {
    const auto slot = find_slot(name);
    ASSERT_TRUE(slot) << name;
    EXPECT_EQ(slot_name(*slot), name);
  }
  EXPECT_EQ(slot_names().size(), static_cast<std::size_t>(Slot::kLowestStars) + 1);
  EXPECT_FALSE(find_slot("nobody"));
}

}  // namespace
}  // namespace p5
