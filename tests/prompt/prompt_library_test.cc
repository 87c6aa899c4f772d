#include "prompt/prompt_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/file.h"
#include "base/text_layout.h"
#include "p5/error.h"
#include "prompt/prompt_places.h"
#include "prompt/prompt_table.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::filesystem::path kPrompts = std::filesystem::path(P5_SOURCE_DIR) / "prompts";

void write(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }

PromptLibrary load(const std::vector<std::filesystem::path>& paths) { return PromptLibrary::load(paths); }

std::string error_of(const std::string& toml, ErrorCode code = ErrorCode::kCorrupted) {
  try {
    PromptLibrary::parse(toml, "mine.toml");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  ADD_FAILURE() << "accepted:\n" << toml;
  return "";
}

std::string prompt(const std::string& lines) {
  return "family = \"rating\"\n\n[[prompt]]\nid = \"x-1\"\ntask = \"star\"\n" + lines;
}
const std::string kGood = "source = \"{user} on {item}\"\ntarget = \"{rating}\"\n";

// The field combinations of P5's prompts: source slots in the order of Slot, then the task.
struct Wanted {
  const char *id, *slots, *task;
};
constexpr Wanted kWanted[] = {
    {"1-1", "user, item", "star"},
    {"1-2", "user, item_title", "star"},
    {"1-3", "user, item, rating", "yes-no"},
    {"1-4", "user, item", "like-dislike"},
    {"1-5", "user, item, item_title, options", "star"},
    {"1-6", "user_description, item", "star"},
    {"1-7", "user_description, item_title", "star"},
    {"1-8", "user_description, item_title, rating", "yes-no"},
    {"1-9", "user_description, item_title", "like-dislike"},
    {"1-10", "user_description, item_title", "star"},
    {"2-1", "user, history", "next-item"},
    {"2-2", "user, history", "next-item"},
    {"2-3", "user, history", "next-item"},
    {"2-4", "user_description, history", "next-item"},
    {"2-5", "user_description, history", "next-item"},
    {"2-6", "user_description, history", "next-item"},
    {"2-7", "user, history, candidates", "choose"},
    {"2-8", "user_description, history, candidates", "choose"},
    {"2-9", "user, history, candidates", "choose"},
    {"2-10", "user_description, history, candidates", "choose"},
    {"2-11", "user, item, history", "yes-no"},
    {"2-12", "user_description, item, history", "yes-no"},
    {"2-13", "user_description, history", "next-item"},
    {"2-14", "history", "next-item"},
    {"3-1", "user, item_title", "explain"},
    {"3-2", "user, item, headline", "explain"},
    {"3-3", "user, item_title, rating", "explain"},
    {"3-4", "user_description, item_title", "explain"},
    {"3-5", "user_description, item_title, headline", "explain"},
    {"3-6", "user_description, item, rating", "explain"},
    {"3-7", "user, item, feature", "explain"},
    {"3-8", "user_description, item", "explain"},
    {"3-9", "user, item_title, feature", "explain"},
    {"3-10", "user_description, item_title, feature", "explain"},
    {"3-11", "user, item, rating, feature", "explain"},
    {"3-12", "user_description, item, rating, feature", "explain"},
    {"4-1", "user, review", "headline"},
    {"4-2", "user, review", "star"},
    {"4-3", "user_description, review", "headline"},
    {"4-4", "user_description, review", "star"},
    {"5-1", "user, item", "yes-no"},
    {"5-2", "user_description, item", "yes-no"},
    {"5-3", "user_description, item_title", "yes-no"},
    {"5-4", "user, item_title", "yes-no"},
    {"5-5", "user_description, candidates", "choose"},
    {"5-6", "user_description, candidates", "choose"},
    {"5-7", "user, candidates", "choose"},
    {"5-8", "user, candidates", "choose"},
    {"Z-1", "user, item_title, item_brand, item_price", "like-dislike"},
    {"Z-2", "user_description, item_title, item_brand, item_price", "star"},
    {"Z-3", "user, item_title, item_brand, item_price", "star"},
    {"Z-4", "user_description, item_title, item_brand, item_price", "like-dislike"},
    {"Z-5", "user_description, item_title, item_brand, item_price", "explain"},
    {"Z-6", "user, item_title, item_brand, item_price, rating, feature", "explain"},
    {"Z-7", "user_description, item_title", "explain"},
};

TEST(PromptLibrary, ShippedPromptsHaveTheFieldCombinationsOfP5) {
  const auto library = load({kPrompts})
                           .with_words({{Slot::kLowest, "1"},
                                        {Slot::kHighest, "5"},
                                        {Slot::kLowestWord, "one"},
                                        {Slot::kHighestWord, "five"},
                                        {Slot::kLowestStars, "one star"}});
  EXPECT_EQ(library.all().size(), std::size(kWanted));
  for (const Wanted& wanted : kWanted) {
    const PromptTemplate& found = library.at(wanted.id);
    EXPECT_EQ(found.source.slot_set().to_string(), wanted.slots) << wanted.id;
    EXPECT_EQ(to_string(found.task), wanted.task) << wanted.id;
    const std::set<std::string> last = {"1-10", "2-13", "3-12", "4-4", "5-8"};
    EXPECT_EQ(found.held_out, last.contains(found.id) || found.family == kZeroShotFamily) << wanted.id;
    const bool star_first = found.id == "3-7" || found.id == "3-8";
    EXPECT_EQ(found.target.text() == "{rating}, {explanation}", star_first) << wanted.id;
  }
  EXPECT_EQ(library.of_family("rating").size(), 10u);
  EXPECT_EQ(library.of_family("sequential").size(), 14u);
  EXPECT_EQ(library.of_family("explanation").size(), 12u);
  EXPECT_EQ(library.of_family("review").size(), 4u);
  EXPECT_EQ(library.of_family("direct").size(), 8u);
  EXPECT_EQ(library.of_family("zero-shot").size(), 7u);
}

// Ten explanation prompts and three for ratings, as P5 asks on Yelp; they are used with the collection's other files.
TEST(PromptLibrary, TheSetWithoutHeadlinesHasNone) {
  const auto library = load({kPrompts / "without_headlines", kPrompts / "rating.toml", kPrompts / "sequential.toml",
                             kPrompts / "direct.toml", kPrompts / "zero_shot.toml"});
  EXPECT_EQ(library.of_family("explanation").size(), 10u);
  EXPECT_EQ(library.of_family("review").size(), 3u);
  EXPECT_TRUE(library.at("3-10").held_out);
  EXPECT_TRUE(library.at("4-3").held_out);
  for (const PromptTemplate& prompt : library.all()) {
    EXPECT_FALSE(prompt.source.uses(Slot::kHeadline) || prompt.target.uses(Slot::kHeadline)) << prompt.id;
  }
}

// If two prompts shared a wording, one of them would be useless. The sets with and without headlines may share theirs.
TEST(PromptLibrary, NoTwoShippedPromptsAskAlike) {
  std::set<std::string> sources;
  const auto library = load({kPrompts});
  for (const PromptTemplate& prompt : library.all()) {
    EXPECT_TRUE(sources.insert(prompt.source.text()).second) << prompt.id;
  }
}

TEST(PromptLibrary, ReadsAllFilesOfAllFoldersInSortedOrder) {
  const test::TemporaryFolder folder;
  write(folder / "b.toml", "family = \"rating\"\n[[prompt]]\nid = \"b\"\ntask = \"star\"\n" + kGood);
  write(folder / "a.toml", "family = \"rating\"\n[[prompt]]\nid = \"a\"\ntask = \"star\"\n" + kGood);
  write(folder / "notes.txt", "not a prompt file");
  const auto library = load({kPrompts, folder.path()});
  const auto all = library.all();
  ASSERT_GE(all.size(), 2u);
  EXPECT_EQ(all[all.size() - 2].id, "a");
  EXPECT_EQ(all[all.size() - 1].id, "b");
}

TEST(PromptLibrary, FamilyOfAPromptOverridesThatOfItsFile) {
  const auto library = PromptLibrary::parse(
      "family = \"rating\"\n[[prompt]]\nid = \"x\"\nfamily = \"direct\"\ntask = \"yes-no\"\n"
      "source = \"{user} {item}\"\ntarget = \"{yes_no}\"\n",
      "mine.toml");
  EXPECT_EQ(library.at("x").family, "direct");
  EXPECT_EQ(library.at("x").metric, "ndcg@10");
}

TEST(PromptLibrary, RefusesAnIdUsedTwiceAndNamesBothPlaces) {
  const test::TemporaryFolder folder;
  write(folder / "mine.toml", "family = \"rating\"\n\n[[prompt]]\nid = \"1-3\"\ntask = \"star\"\n" + kGood);
  try {
    load({kPrompts, folder.path()});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("mine.toml:3"), HasSubstr("'1-3' is used twice"), HasSubstr("rating.toml:")));
    EXPECT_EQ(exit_code_of(error), 3);
  }
}

TEST(PromptLibrary, NamesFileAndLineOfEveryFault) {
  EXPECT_THAT(error_of(prompt("source = \"{user} on {itme}\"\ntarget = \"{rating}\"\n")),
              AllOf(HasSubstr("mine.toml:6"), HasSubstr("'itme'"), HasSubstr("did you mean 'item'")));
  EXPECT_THAT(error_of(prompt("source = \"{user on {item}\"\ntarget = \"{rating}\"\n")),
              AllOf(HasSubstr("mine.toml:6"), HasSubstr("braces do not pair")));
  EXPECT_THAT(error_of(prompt("target = \"{rating}\"\n")), AllOf(HasSubstr("mine.toml:3"), HasSubstr("'source'")));
  EXPECT_THAT(error_of(prompt("source = \"{user} on {item}\"\n")), HasSubstr("'target'"));
  EXPECT_THAT(
      error_of(prompt("source = 3\ntarget = \"{rating}\"\n")),
      AllOf(HasSubstr("mine.toml:6"), HasSubstr("'source'"), HasSubstr("expected text"), HasSubstr("a number")));
  EXPECT_THAT(error_of(prompt(kGood + "held_out = \"yes\"\n")),
              AllOf(HasSubstr("mine.toml:8"), HasSubstr("true or false"), HasSubstr("got text")));
  EXPECT_THAT(error_of(prompt(kGood + "heldout = true\n")),
              AllOf(HasSubstr("mine.toml:8"), HasSubstr("'heldout'"), HasSubstr("did you mean 'held_out'")));
  EXPECT_THAT(error_of(prompt(kGood + "metric = \"rsme\"\n")), HasSubstr("did you mean 'rmse'"));
  EXPECT_THAT(error_of("[[prompt]]\nid = \"x\"\ntask = \"star\"\n" + kGood), HasSubstr("'family'"));
  EXPECT_THAT(error_of("family = \"ratin\"\n[[prompt]]\nid = \"x\"\ntask = \"star\"\n" + kGood),
              HasSubstr("did you mean 'rating'"));
  EXPECT_THAT(error_of("family = \"rating\"\n[[prompt]]\nid = \"x\"\ntask = \"next-item\"\n" + kGood),
              AllOf(HasSubstr("mine.toml:4"), HasSubstr("one of star, yes-no, like-dislike")));
  EXPECT_THAT(error_of("family = \"rating\"\n[[prompt]]\nid = \"a b\"\ntask = \"star\"\n" + kGood),
              HasSubstr("bad prompt id"));
}

const std::string kOwn = "family = \"style\"\nmetric = \"rouge1\"\n[[prompt]]\nid = \"s-1\"\n";

TEST(PromptLibrary, AFamilyOfOnesOwnNeedsOnlyAFile) {
  const auto library = PromptLibrary::parse(
      "family = \"style\"\nslots = [\"user\", \"item_title\", \"rating\", \"feature\", \"headline\"]\nmetric = "
      "\"rouge1\"\n[[prompt]]\nid = \"s-1\"\nsource = \"{user} on {item_title}, {rating} stars\"\n"
      "target = \"{headline} ({feature})\"\n[[prompt]]\nid = \"s-2\"\nmetric = \"fmr\"\nheld_out = true\n"
      "source = \"{user}\"\ntarget = \"{feature}\"\n",
      "mine.toml");
  EXPECT_EQ(library.custom_families(), std::vector<std::string>{"style"});
  EXPECT_EQ(library.at("s-1").task, PromptTask::kText);
  EXPECT_EQ(library.at("s-1").metric, "rouge1");
  EXPECT_EQ(library.at("s-2").metric, "fmr");
  EXPECT_TRUE(library.at("s-2").held_out);
  const auto again = PromptLibrary::parse(library.to_toml(), "again.toml");
  EXPECT_EQ(again.custom_families(), library.custom_families());
  EXPECT_EQ(again.at("s-1").target.text(), "{headline} ({feature})");
  EXPECT_TRUE(load({kPrompts}).custom_families().empty());
}

TEST(PromptLibrary, FaultsOfAFamilyOfOnesOwnNameLineAndSlot) {
  EXPECT_THAT(error_of("family = \"style\"\n[[prompt]]\nid = \"s\"\nsource = \"{user}\"\ntarget = \"{headline}\"\n"),
              AllOf(HasSubstr("mine.toml:2"), HasSubstr("'metric'")));
  EXPECT_THAT(error_of(kOwn + "source = \"{history}\"\ntarget = \"{headline}\"\n"),
              AllOf(HasSubstr("mine.toml:5"), HasSubstr("'history' is not allowed")));
  EXPECT_THAT(error_of(kOwn + "source = \"{user}\"\ntarget = \"{candidates}\"\n"),
              AllOf(HasSubstr("mine.toml:6"), HasSubstr("'candidates' is not allowed")));
  EXPECT_THAT(error_of(kOwn + "source = \"{user}\"\ntarget = \"yes\"\n"), HasSubstr("always the same"));
  EXPECT_THAT(error_of(kOwn + "task = \"star\"\nsource = \"{user}\"\ntarget = \"{rating}\"\n"),
              AllOf(HasSubstr("mine.toml:5"), HasSubstr("one of text")));
  EXPECT_THAT(error_of("slots = [\"user\", \"feture\"]\n" + kOwn + "source = \"{user}\"\ntarget = \"{rating}\"\n"),
              AllOf(HasSubstr("mine.toml:1"), HasSubstr("'feture'"), HasSubstr("did you mean 'feature'")));
  EXPECT_THAT(error_of("slots = \"user\"\n" + kOwn), HasSubstr("a list of slot names"));
  EXPECT_THAT(error_of("slots = [3]\n" + kOwn), HasSubstr("a list of slot names"));
  EXPECT_THAT(error_of("slots = [\"user\"]\n" + kOwn + "source = \"{user}\"\ntarget = \"{rating}\"\n"),
              AllOf(HasSubstr("mine.toml:7"), HasSubstr("'rating' is not among")));
  EXPECT_THAT(error_of("metric = \"rogue1\"\nfamily = \"style\"\n[[prompt]]\nid = \"s\"\nsource = \"{user}\"\n"
                       "target = \"{rating}\"\n"),
              AllOf(HasSubstr("mine.toml:3"), HasSubstr("did you mean 'rouge1'")));
}

TEST(PromptLibrary, SourcesThatGiveTheAnswerAwayAreRefused) {
  const auto own = [](const std::string& source, const std::string& target) {
    return error_of(kOwn + "source = \"" + source + "\"\ntarget = \"" + target + "\"\n");
  };
  EXPECT_THAT(own("{user} {rating}", "{like_dislike}"), HasSubstr("gives 'like_dislike' away"));
  EXPECT_THAT(own("{review}", "{explanation}"), HasSubstr("'review' of the source gives 'explanation' away"));
  EXPECT_THAT(own("{headline}", "{rating} {headline}"), HasSubstr("gives 'headline' away"));
  EXPECT_THAT(own("{explanation}", "{feature}"), HasSubstr("gives 'feature' away"));
  const auto explain = [](const std::string& source, const std::string& target) {
    return error_of("family = \"explanation\"\n[[prompt]]\nid = \"x\"\ntask = \"explain\"\nsource = \"" + source +
                    "\"\ntarget = \"" + target + "\"\n");
  };
  EXPECT_THAT(explain("{user} {item} {review}", "{explanation}"), HasSubstr("'review' is not allowed"));
  EXPECT_THAT(explain("{user} {item} {rating}", "{rating}, {explanation}"), HasSubstr("where the source lacks it"));
  EXPECT_THAT(explain("{user} {item}", "{rating}"), HasSubstr("bad target"));
  EXPECT_THAT(explain("{user} {item}", "{feature} {explanation}"), HasSubstr("bad target"));
}

TEST(PromptLibrary, ZeroShotPromptsAreHeldOutWhateverTheySay) {
  const auto library = PromptLibrary::parse(
      "family = \"zero-shot\"\n[[prompt]]\nid = \"z\"\ntask = \"star\"\nheld_out = false\nsource = \"{user} "
      "{item_title}\"\ntarget = \"{rating}\"\n",
      "mine.toml");
  EXPECT_TRUE(library.at("z").held_out);
}

TEST(PromptLibrary, RefusesBrokenFiles) {
  EXPECT_THAT(error_of("family = \"rating\n"), HasSubstr("mine.toml:1"));
  EXPECT_THAT(error_of("# bad bytes: \xff\xfe\n"), AllOf(HasSubstr("mine.toml:1"), HasSubstr("utf-8")));
  EXPECT_THAT(error_of("prompt = 3\n"), HasSubstr("[[prompt]]"));
  EXPECT_THAT(error_of("prompt = [1, 2]\n"), HasSubstr("[[prompt]]"));
  EXPECT_THAT(error_of("family = 1\n"), HasSubstr("expected text"));
  EXPECT_THAT(error_of("famly = \"rating\"\n"), HasSubstr("did you mean 'family'"));
  EXPECT_THAT(error_of(std::string(5000, '[')), HasSubstr("mine.toml"));
}

TEST(PromptLibrary, RefusesSlotsThatGiveTheAnswerAwayOrHaveNoValue) {
  EXPECT_THAT(error_of(prompt("source = \"{user} gave {item} {rating}\"\ntarget = \"{rating}\"\n")),
              AllOf(HasSubstr("mine.toml:6"), HasSubstr("'rating' is not allowed")));
  const std::string next = "family = \"sequential\"\n[[prompt]]\nid = \"x\"\ntask = \"next-item\"\n";
  EXPECT_THAT(error_of(next + "source = \"{history}, then {item_title}\"\ntarget = \"{item}\"\n"),
              HasSubstr("'item_title' is not allowed"));
  EXPECT_THAT(error_of(next + "source = \"{user}\"\ntarget = \"{item}\"\n"), HasSubstr("one of history"));
  EXPECT_THAT(error_of(next + "source = \"{history}\"\ntarget = \"item {item}\"\n"), HasSubstr("expected '{item}'"));
}

TEST(PromptLibrary, MissingPathsAndEmptyFoldersAreErrors) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(load({folder / "absent"}), Error);
  try {
    load({folder.path()});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no prompt found"));
  }
}

TEST(PromptLibrary, WritesItselfAsTomlAndReadsItBack) {
  auto library = load({kPrompts});
  const auto again = PromptLibrary::parse(library.to_toml(), "bundle.toml");
  ASSERT_EQ(again.all().size(), library.all().size());
  for (std::size_t i = 0; i < again.all().size(); ++i) {
    auto expected = to_json(library.all()[i]), got = to_json(again.all()[i]);
    expected.erase("where");
    got.erase("where");
    EXPECT_EQ(got, expected);
  }
  const auto quoted =
      PromptLibrary::parse(prompt("source = '''{user} \"on\"\n\\ {{x}} {item} é'''\ntarget = \"{rating}\"\n"), "a");
  EXPECT_EQ(PromptLibrary::parse(quoted.to_toml(), "b").at("x-1").source.text(), "{user} \"on\"\n\\ {{x}} {item} é");
}

TEST(PromptLibrary, ListsForProgramsAndForPeople) {
  const auto library = load({kPrompts});
  const auto json = to_json(library.at("1-10"));
  EXPECT_EQ(json["id"], "1-10");
  EXPECT_EQ(json["family"], "rating");
  EXPECT_EQ(json["held_out"], true);
  EXPECT_EQ(json["slots"], (nlohmann::json{"lowest_stars", "highest_word", "user_description", "item_title"}));
  EXPECT_EQ(json["target"], "{rating}");
  const std::string table = prompt_table(library.all(), 1000);
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), static_cast<std::ptrdiff_t>(library.all().size()) + 1);
  EXPECT_THAT(table, HasSubstr("2-13"));
  EXPECT_LT(table.find("\n1-1 "), table.find("\n2-1 "));
  EXPECT_LT(table.find("\n4-1 "), table.find("\n5-1 "));
  EXPECT_LT(table.find("\n5-1 "), table.find("\nZ-1 "));
  std::istringstream narrow(prompt_table(library.all(), 80));
  for (std::string line; std::getline(narrow, line);) EXPECT_LE(text_width(line), 80U) << line;
}

TEST(PromptLibrary, OwnPromptsAreAddedToTheCollectionOrReplaceIt) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "mine.toml",
                        "[[prompt]]\nid = 'my-1'\nfamily = 'rating'\ntask = 'star'\nsource = '{user} {item}'\n"
                        "target = '{rating}'\n");
  const std::string mine = (folder / "mine.toml").string();
  const auto ids = [](const std::vector<std::string>& only, const std::vector<std::string>& more) {
    return PromptLibrary::load(prompt_places(only, more)).all().size();
  };
  const std::size_t shipped = load({kPrompts}).all().size();
  EXPECT_EQ(ids({}, {}), shipped);
  EXPECT_EQ(ids({}, {mine}), shipped + 1);
  EXPECT_EQ(ids({mine}, {}), 1U);
  EXPECT_EQ(ids({mine}, {kPrompts.string()}), shipped + 1);
  EXPECT_EQ(ids({}, {kPrompts.string(), mine}), shipped + 1) << "the collection is there already";
  EXPECT_THROW(ids({}, {(folder / "nothing").string()}), Error);
}

TEST(PromptLibrary, AnUnknownIdIsRefusedWithoutAGuess) {
  const auto library = load({kPrompts});
  EXPECT_EQ(library.find("9-9"), nullptr);
  const auto refusal = [&library](const char* id) -> std::string {
    try {
      library.at(id);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kNotFound);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal("9-9"), "no prompt '9-9'; `p5 prompts list` shows the ids");
  EXPECT_EQ(refusal("1_10"), "no prompt '1_10'; did you mean '1-10'?");
  EXPECT_EQ(refusal("z-3"), "no prompt 'z-3'; did you mean 'Z-3'?");
}

}  // namespace
}  // namespace p5
