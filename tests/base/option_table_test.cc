#include "base/option_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/option_help.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

enum class Color { kRed, kGreen };

// One option of each type, and a table over them.
struct Sample {
  bool shuffle = true;
  std::int64_t epochs = 10;
  double rate = 1e-3;
  std::string name = "beauty";
  std::vector<std::string> tasks = {"sequential", "rating"};
  Color color = Color::kRed;
  std::int64_t seed = 0;
  OptionTable table;

  Sample() {
    const OptionBinder training(table, OptionScope::kTraining), budget(table, OptionScope::kBudget),
        data(table, OptionScope::kData);
    training.add("train.shuffle", &shuffle, {.help = "draw in random order"});
    budget.add("train.epochs", &epochs, {.help = "passes", .flag = "epochs", .minimum = 1, .maximum = 1000});
    training.add("train.rate", &rate, {.help = "step size", .flag = "lr", .minimum = 0});
    data.add("data.name", &name, {.help = "what to call it", .former = {"data.title"}});
    data.add("data.tasks", &tasks, {.help = "task families"});
    data.add_choice("data.color", &color, {{"red", Color::kRed}, {"green", Color::kGreen}}, {.help = "a colour"});
    data.add("seed", &seed, {.help = "seed of everything"});
  }
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;
};

template <typename Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), 2) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

std::string message_of_toml(std::string_view text) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "p5.toml", text);
  Sample sample;
  std::string message = message_of([&] { sample.table.load_toml_file(folder / "p5.toml"); });
  const std::string prefix = folder.path().string() + "/";
  EXPECT_THAT(message, HasSubstr(prefix));
  const auto at = message.find(prefix);
  return at == std::string::npos ? message : message.erase(at, prefix.size());
}

TEST(OptionTable, SetsEveryType) {
  Sample sample;
  sample.table.set("train.shuffle", "false", "test");
  sample.table.set("train.epochs", "25", "test");
  sample.table.set("train.rate", "3e-4", "test");
  sample.table.set("data.name", "toys and games", "test");
  sample.table.set("data.tasks", R"(["direct", "a, b"])", "test");
  sample.table.set("data.color", "green", "test");
  EXPECT_FALSE(sample.shuffle);
  EXPECT_EQ(sample.epochs, 25);
  EXPECT_EQ(sample.rate, 3e-4);
  EXPECT_EQ(sample.name, "toys and games");
  EXPECT_THAT(sample.tasks, ElementsAre("direct", "a, b"));
  EXPECT_EQ(sample.color, Color::kGreen);
  EXPECT_EQ(sample.table.find("data.color")->origin, "test");
  EXPECT_EQ(sample.table.find("seed")->origin, "default");
}

TEST(OptionTable, BareWordsAreTextAndCommasMakeLists) {
  Sample sample;
  sample.table.set("data.name", R"("quo\"ted")", "test");
  EXPECT_EQ(sample.name, "quo\"ted");
  sample.table.set("data.name", "", "test");
  EXPECT_EQ(sample.name, "");
  sample.table.set("data.tasks", "direct,rating", "test");
  EXPECT_THAT(sample.tasks, ElementsAre("direct", "rating"));
  sample.table.set("data.tasks", "[]", "test");
  EXPECT_THAT(sample.tasks, ElementsAre());
  sample.table.set("train.rate", "1", "test");  // a whole number is a number
  EXPECT_EQ(sample.rate, 1.0);
}

TEST(OptionTable, RefusesWrongTypesAndNamesThem) {
  Sample sample;
  const auto message = [&](std::string_view key, std::string_view value) {
    return message_of([&] { sample.table.set(key, value, "--set"); });
  };
  EXPECT_EQ(message("train.shuffle", "yes"), "--set: bad value of 'train.shuffle': expected true or false, got 'yes'");
  EXPECT_EQ(message("train.epochs", "2.5"), "--set: bad value of 'train.epochs': expected a whole number, got 2.5");
  EXPECT_EQ(message("train.epochs", ""), "--set: bad value of 'train.epochs': expected a whole number, got ''");
  EXPECT_THAT(message("train.epochs", "99999999999999999999"), HasSubstr("expected a whole number"));
  EXPECT_THAT(message("train.rate", "fast"), HasSubstr("expected a number, got 'fast'"));
  EXPECT_THAT(message("data.tasks", "[1, 2]"), HasSubstr("expected a list of texts, got 1"));
  EXPECT_THAT(message("train.epochs", "3\nother = 4"), HasSubstr("expected a whole number"));
  EXPECT_EQ(sample.epochs, 10) << "a refused value changes nothing";
}

TEST(OptionTable, RefusesValuesOutOfRange) {
  Sample sample;
  const auto message = [&](std::string_view key, std::string_view value) {
    return message_of([&] { sample.table.set(key, value, "--set"); });
  };
  EXPECT_THAT(message("train.epochs", "0"), HasSubstr("expected 1 to 1000, got 0"));
  EXPECT_THAT(message("train.epochs", "1001"), HasSubstr("expected 1 to 1000, got 1001"));
  EXPECT_THAT(message("train.rate", "-0.5"), HasSubstr("expected 0 or more, got -0.5"));
  EXPECT_THAT(message("train.rate", "nan"), HasSubstr("got nan"));
  sample.table.set("train.epochs", "1000", "test");
  EXPECT_EQ(sample.epochs, 1000);
}

TEST(OptionTable, RealsTakeWholeNumbersOfAnySize) {
  Sample sample;
  sample.table.set("train.rate", "9007199254740993", "test");  // 2^53 + 1 has no exact double
  EXPECT_NEAR(sample.rate, 9007199254740992.0, 2.0);
}

TEST(OptionTable, RefusesAnUnknownChoice) {
  Sample sample;
  const std::string message = message_of([&] { sample.table.set("data.color", "blue", "--set"); });
  EXPECT_EQ(message, "--set: bad value of 'data.color': expected one of red, green, got 'blue'");
}

TEST(OptionTable, UnknownKeysNameTheNearest) {
  Sample sample;
  EXPECT_EQ(message_of([&] { sample.table.set("train.epoch", "1", "--set"); }),
            "--set: unknown option 'train.epoch'; did you mean 'train.epochs'?");
  EXPECT_EQ(message_of([&] { sample.table.set("zzzzzzzz", "1", "--set"); }),
            "--set: unknown option 'zzzzzzzz'; `p5 options` lists all");
}

TEST(OptionTable, BareNamesFlagsAndDashesNameTheKey) {
  Sample sample;
  const auto message = [&](std::string_view key) { return message_of([&] { sample.table.set(key, "1", "--set"); }); };
  EXPECT_EQ(message("rate"), "--set: unknown option 'rate'; did you mean 'train.rate'?");
  EXPECT_EQ(message("epcohs"), "--set: unknown option 'epcohs'; did you mean 'train.epochs'?");
  EXPECT_EQ(message("lr"), "--set: unknown option 'lr'; did you mean 'train.rate'?") << "its flag";
  EXPECT_EQ(message("Train.Rate"), "--set: unknown option 'Train.Rate'; did you mean 'train.rate'?");
  double other = 0;
  OptionBinder(sample.table, OptionScope::kData).add("data.rate", &other, {.help = "of the data"});
  EXPECT_EQ(message("rate"), "--set: unknown option 'rate'; did you mean 'train.rate' or 'data.rate'?");
}

TEST(OptionTable, WholeNumbersMayBeWrittenAsReals) {
  Sample sample;
  sample.table.set("train.epochs", "1e2", "test");
  EXPECT_EQ(sample.epochs, 100);
  sample.table.set("train.epochs", "7.0", "test");
  EXPECT_EQ(sample.epochs, 7);
  EXPECT_THAT(message_of([&] { sample.table.set("train.epochs", "1e-2", "--set"); }),
              HasSubstr("expected a whole number, got 0.01"));
  EXPECT_THAT(message_of([&] { sample.table.set("seed", "1e300", "--set"); }), HasSubstr("expected a whole number"));
}

TEST(OptionTable, ANumberMayHaveAValueThatIsWrittenNone) {
  double least = -std::numeric_limits<double>::infinity();
  OptionTable table;
  OptionBinder(table, OptionScope::kData).add("data.least", &least, {.help = "least", .maximum = 5});
  EXPECT_EQ(table.find("data.least")->default_text, "\"none\"");
  EXPECT_EQ(allowed_values(*table.find("data.least")), "a number, 5 or less, or none");
  table.set("data.least", "2.5", "test");
  EXPECT_EQ(least, 2.5);
  table.set("data.least", "none", "test");
  EXPECT_EQ(least, -std::numeric_limits<double>::infinity());
  table.set("data.least", "3", "test");
  table.set("data.least", "\"none\"", "test");
  EXPECT_EQ(least, -std::numeric_limits<double>::infinity());
  EXPECT_THAT(message_of([&] { table.set("data.least", "\"some\"", "test"); }),
              HasSubstr("expected a number or none, got 'some'"));
}

TEST(OptionTable, AssignmentsNeedAKeyAndAnEqualsSign) {
  Sample sample;
  sample.table.set_assignment("data.name=a=b");
  EXPECT_EQ(sample.name, "a=b");
  EXPECT_EQ(sample.table.find("data.name")->origin, "--set data.name=a=b");
  sample.table.set_assignment("train.rate = 0.01");
  EXPECT_EQ(sample.rate, 0.01);
  sample.table.set_assignment("data.name = a b ");
  EXPECT_EQ(sample.name, "a b");
  sample.table.set_assignment("data.name= ");
  EXPECT_EQ(sample.name, " ") << "the value is a blank";
  EXPECT_THAT(message_of([&] { sample.table.set_assignment("data.name"); }), HasSubstr("key=value"));
  EXPECT_THAT(message_of([&] { sample.table.set_assignment("=1"); }), HasSubstr("key=value"));
}

TEST(OptionTable, LoadsToml) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "p5.toml",
                        "seed = 7\n[train]\nepochs = 3\nrate = 1e-2\n[data]\ntasks = [\"direct\"]\ncolor = 'green'\n");
  Sample sample;
  sample.table.load_toml_file(folder / "p5.toml");
  EXPECT_EQ(sample.seed, 7);
  EXPECT_EQ(sample.epochs, 3);
  EXPECT_EQ(sample.rate, 1e-2);
  EXPECT_THAT(sample.tasks, ElementsAre("direct"));
  EXPECT_EQ(sample.color, Color::kGreen);
  EXPECT_EQ(sample.table.find("train.rate")->origin, (folder / "p5.toml").string() + ":4");
}

TEST(OptionTable, FormerKeysAreReadAndPrintedAsTheNewOnes) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "p5.toml", "[data]\ntitle = 'toys'\n");
  Sample sample;
  sample.table.load_toml_file(folder / "p5.toml");
  EXPECT_EQ(sample.name, "toys");
  sample.table.set_assignment("data.title=games");
  EXPECT_EQ(sample.name, "games");
  EXPECT_THAT(sample.table.to_toml(), AllOf(HasSubstr("name = \"games\""), Not(HasSubstr("title"))));
}

TEST(OptionTable, TomlErrorsNameFileAndLine) {
  EXPECT_EQ(message_of_toml("[train]\n\nepoch = 3\n"),
            "p5.toml:3: unknown option 'train.epoch'; did you mean 'train.epochs'?");
  EXPECT_EQ(message_of_toml("[train]\nepochs = \"3\"\n"),
            "p5.toml:2: bad value of 'train.epochs': expected a whole number, got '3'");
  EXPECT_THAT(message_of_toml("seed = 1\n[train\n"), HasSubstr("p5.toml:2: "));
  EXPECT_THAT(message_of_toml("[[train]]\nepochs = 3\n"), HasSubstr("unknown option 'train'"));
  EXPECT_THAT(message_of_toml("[train]\nepochs = 0\n"), HasSubstr("p5.toml:2: "));
  EXPECT_THAT(message_of_toml("seed = 1\nname = \"\xff\xfe\"\n"), HasSubstr("p5.toml:2: "));
  EXPECT_THAT(message_of_toml("seed = " + std::string(100'000, '[')), HasSubstr("p5.toml:1: "));
}

TEST(OptionTable, AHugeUnknownKeyIsRefusedAtOnce) {
  const std::string key(2'000'000, 'a');
  EXPECT_THAT(message_of_toml(key + " = 1\n"), HasSubstr("unknown option"));
}

TEST(OptionTable, ReadsTheEnvironment) {
  ::setenv("P5_TRAIN__RATE", "0.5", 1);
  ::setenv("P5_PRESET", "release", 1);  // no section, so it is not an option
  Sample sample;
  sample.table.load_environment();
  EXPECT_EQ(sample.rate, 0.5);
  EXPECT_EQ(sample.table.find("train.rate")->origin, "environment variable P5_TRAIN__RATE");
  ::setenv("P5_TRAIN__RATES", "0.5", 1);
  EXPECT_THAT(message_of([&] { sample.table.load_environment(); }),
              AllOf(HasSubstr("P5_TRAIN__RATES"), HasSubstr("did you mean 'train.rate'?")));
  for (const char* name : {"P5_TRAIN__RATE", "P5_TRAIN__RATES", "P5_PRESET"}) ::unsetenv(name);
}

TEST(OptionTable, TomlOutputReadsBackTheSame) {
  Sample first;
  first.shuffle = false;
  first.rate = 1.0 / 3;
  first.name = "say \"hi\" \\ to 'all'\n\ttoday \xc3\xa9";
  first.tasks = {"a,b", "", "c\"d"};
  first.color = Color::kGreen;
  first.seed = -5;
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "p5.toml", first.table.to_toml());
  Sample second;
  second.table.load_toml_file(folder / "p5.toml");
  EXPECT_EQ(second.shuffle, first.shuffle);
  EXPECT_EQ(second.rate, first.rate);
  EXPECT_EQ(second.name, first.name);
  EXPECT_EQ(second.tasks, first.tasks);
  EXPECT_EQ(second.color, first.color);
  EXPECT_EQ(second.seed, first.seed);
  EXPECT_EQ(second.table.to_toml(), first.table.to_toml());
}

TEST(OptionTable, TomlOutputIsSortedBySection) {
  EXPECT_EQ(Sample().table.to_toml(),
            "seed = 0\n"
            "\n[data]\ncolor = \"red\"\nname = \"beauty\"\ntasks = [\"sequential\", \"rating\"]\n"
            "\n[train]\nepochs = 10\nrate = 0.001\nshuffle = true\n");
}

TEST(OptionTable, WholeRealsKeepTheirType) {
  Sample sample;
  sample.rate = 2;
  EXPECT_THAT(sample.table.to_toml(), HasSubstr("rate = 2.0\n"));
  sample.rate = 1e20;
  EXPECT_THAT(sample.table.to_toml(), HasSubstr("rate = 1e+20\n"));
}

TEST(OptionTable, MarkdownHasOneRowAnOption) {
  const Sample sample;
  const std::string page = sample.table.to_markdown();
  EXPECT_EQ(std::count(page.begin(), page.end(), '\n'), 2 + 7);
  EXPECT_THAT(page,
              HasSubstr("| `train.epochs` | `--epochs` | `10` | budget | a whole number, 1 to 1000 | passes |\n"));
  EXPECT_THAT(page, HasSubstr("| `data.color` |  | `\"red\"` | data | red, green | a colour |\n"));
}

TEST(OptionTable, FindsRowsByKeyAndFlag) {
  const Sample sample;
  EXPECT_EQ(sample.table.find_flag("lr")->key, "train.rate");
  EXPECT_EQ(sample.table.find_flag("absent"), nullptr);
  EXPECT_EQ(sample.table.find("absent"), nullptr);
  EXPECT_EQ(sample.table.rows().size(), 7u);
}

TEST(OptionTable, CommentsNameMeaningValuesAndScopeAndReadBack) {
  const test::TemporaryFolder folder;
  Sample sample, read;
  sample.epochs = 25;
  const std::string text = sample.table.to_commented_toml();
  EXPECT_THAT(text, testing::StartsWith("# seed of everything (a whole number; data)\nseed = 0\n\n[train]\n"));
  EXPECT_THAT(text, HasSubstr("\n# passes (a whole number, 1 to 1000; budget)\nepochs = 25\n"));
  write_file_atomically(folder / "p5.toml", text);
  read.table.load_toml_file(folder / "p5.toml");
  EXPECT_EQ(read.table.to_toml(), sample.table.to_toml());
}

TEST(OptionTable, UnsignedSeedsHoldWhatTomlCanSay) {
  std::uint64_t seed = 2022;
  OptionTable table;
  OptionBinder(table, OptionScope::kTraining).add("train.seed", &seed, {.help = "seed"});
  table.set("train.seed", "9223372036854775807", "test");
  EXPECT_EQ(seed, 9223372036854775807u);
  EXPECT_EQ(table.find("train.seed")->print(), "9223372036854775807");
  EXPECT_THAT(message_of([&] { table.set("train.seed", "-1", "--set"); }), HasSubstr("expected 0 or more, got -1"));
}

TEST(OptionScope, EveryOneHasANameAndAMeaning) {
  std::set<std::string> names, meanings;
  for (const OptionScope scope : kOptionScopes) {
    EXPECT_TRUE(names.emplace(to_string(scope)).second) << to_string(scope);
    EXPECT_TRUE(meanings.emplace(meaning_of(scope)).second) << to_string(scope);
  }
  EXPECT_FALSE(names.contains(""));
  EXPECT_FALSE(meanings.contains(""));
}

TEST(ChangeOptions, TakesWhatWasSetOfTheScopesThatMayChange) {
  Sample stored, asked;
  stored.epochs = 3;
  stored.rate = 0.5;
  asked.table.set("train.epochs", "7", "--epochs");
  asked.table.set("train.rate", "0.5", "--lr");  // as it was: no change
  change_options(stored.table, asked.table, {OptionScope::kBudget});
  EXPECT_EQ(stored.epochs, 7);
  EXPECT_EQ(stored.table.find("train.epochs")->origin, "--epochs");
  EXPECT_EQ(stored.rate, 0.5) << "what was not set in `asked` stays, whatever its default";
  EXPECT_EQ(stored.table.find("train.rate")->origin, "default");
}

TEST(ChangeOptions, RefusesOtherScopesAndNamesBothValues) {
  Sample stored, asked;
  asked.table.set("train.rate", "0.25", "--set train.rate=0.25");
  asked.table.set("train.epochs", "7", "--epochs");
  EXPECT_EQ(message_of([&] { change_options(stored.table, asked.table, {OptionScope::kBudget}); }),
            "--set train.rate=0.25: 'train.rate' cannot change now: it belongs to the training: expected 0.001, as in "
            "the run, got 0.25");
  EXPECT_EQ(message_of([&] { change_options(stored.table, asked.table, {OptionScope::kTraining}); }),
            "--epochs: 'train.epochs' cannot change now: it belongs to the budget: expected 10, as in the run, got 7");
  EXPECT_EQ(stored.epochs, 10) << "a refusal changes nothing";
}

// A list of numbers, which is one with a range, and one of texts with choices.
struct Lists {
  std::vector<std::string> extras = {};
  std::vector<std::string> cutoffs = {"1", "5"};
  OptionTable table;

  Lists() {
    const OptionBinder data(table, OptionScope::kData);
    data.add("data.extras", &extras, {.help = "more of it", .choices = {"recall", "map"}});
    data.add("data.cutoffs", &cutoffs, {.help = "lengths of lists", .minimum = 1, .maximum = 100});
  }
  Lists(const Lists&) = delete;
  Lists& operator=(const Lists&) = delete;
};

TEST(OptionTable, ListsOfNumbersAreCheckedOneByOne) {
  Lists sample;
  EXPECT_EQ(sample.table.find("data.cutoffs")->print(), "[1, 5]");
  sample.table.set("data.cutoffs", "[10, 20]", "test");
  EXPECT_THAT(sample.cutoffs, ElementsAre("10", "20"));
  sample.table.set("data.cutoffs", "3,7", "test");  // as after --set, where brackets are a nuisance
  EXPECT_THAT(sample.cutoffs, ElementsAre("3", "7"));
  sample.table.set("data.cutoffs", "50", "test");
  EXPECT_THAT(sample.cutoffs, ElementsAre("50"));
  const auto set = [&](const char* value) {
    return message_of([&] { sample.table.set("data.cutoffs", value, "test"); });
  };
  EXPECT_THAT(set("[5, 0]"), AllOf(HasSubstr("1 to 100"), HasSubstr("got 0")));
  EXPECT_THAT(set("[5, \"ten\"]"), AllOf(HasSubstr("a list of whole numbers"), HasSubstr("ten")));
  EXPECT_THAT(set("5.5"), HasSubstr("a list of whole numbers"));
  EXPECT_THAT(sample.cutoffs, ElementsAre("50"));
}

TEST(OptionTable, TextsOfAListAreAmongItsChoices) {
  Lists sample;
  sample.table.set("data.extras", "[\"map\", \"recall\"]", "test");
  EXPECT_THAT(sample.extras, ElementsAre("map", "recall"));
  for (const char* value : {"[\"map\", \"mop\"]", "map,mop"}) {
    EXPECT_THAT(message_of([&] { sample.table.set("data.extras", value, "test"); }),
                AllOf(HasSubstr("one of recall, map"), HasSubstr("'mop'")));
  }
}

}  // namespace
}  // namespace p5
