#include "indexing/item_indexer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>

#include "base/rng.h"
#include "indexing/item_trie.h"
#include "p5/error.h"
#include "support/fake_corpus.h"
#include "support/letter_tokenizer.h"
#include "support/temporary_folder.h"
#include "text/sentencepiece_tokenizer.h"

namespace p5 {
namespace {

using test::LetterTokenizer;
using ::testing::HasSubstr;
using Histories = std::vector<std::vector<ItemId>>;

constexpr TokenId kFirstIdToken = 1000;
constexpr std::size_t kWidth = 6;

test::FakeData described(test::FakeData data);

Split leave_one_out(test::FakeData data) {
  auto corpus = std::make_shared<const test::FakeCorpus>(described(std::move(data)));
  std::vector<Part> marks(corpus->interaction_count(), Part::kTrain);
  for (UserId user = 0; user < corpus->user_count(); ++user) {
    const Corpus::Range range = corpus->range_of(user);
    if (range.size() < 3) continue;
    marks[range.end - 1] = Part::kTest;
    marks[range.end - 2] = Part::kValid;
  }
  return Split(corpus, std::move(marks), "leave-one-out");
}

Histories random_histories(Rng& rng, std::size_t users, std::size_t length, std::size_t items) {
  Histories histories(users);
  for (auto& history : histories) {
    for (std::size_t i = 0; i < length; ++i) history.push_back(static_cast<ItemId>(rng.below(items)));
  }
  return histories;
}

// Vectors that depend on the keys of items alone.
std::vector<float> vectors_by_key(const Corpus& corpus) {
  std::vector<float> vectors;
  for (ItemId item = 0; item < corpus.items_with_events(); ++item) {
    Rng rng(7, corpus.catalog().key(item));
    for (std::size_t i = 0; i < kWidth; ++i) vectors.push_back(static_cast<float>(rng.normal()));
  }
  return vectors;
}

// Schemes whose sizes fit catalogues of some 50 items.
IndexOptions small_options(const std::string& scheme) {
  return {.scheme = scheme, .clusters = 3, .leaf = 5, .epochs = 20, .latent = 4, .least_usage = 0};
}

BuiltIndex build(const Split& split, const std::string& scheme, std::uint64_t seed = 2022, std::int64_t threads = 0) {
  const LetterTokenizer tokenizer;
  const std::vector<float> vectors = vectors_by_key(split.corpus());
  return make_item_indexer(small_options(scheme))
      ->build({.split = split,
               .tokenizer = tokenizer,
               .first_id_token = kFirstIdToken,
               .item_vectors = vectors,
               .vector_width = kWidth,
               .seed = seed,
               .threads = threads});
}

// A corpus whose items have a title and categories that depend on their keys.
test::FakeData described(test::FakeData data) {
  const test::FakeCorpus keyed(data);
  for (ItemId item = 0; item < keyed.item_count(); ++item) {
    const std::uint64_t number = stable_hash(keyed.catalog().key(item));
    data.titles.push_back(number % 7 == 0 ? "" : "Guitar " + std::string(1, static_cast<char>('a' + number % 5)));
    data.categories.push_back({"all", "kind " + std::to_string(number % 4)});
    if (number % 3 == 0) data.categories.back().push_back("sort " + std::to_string(number % 2));
  }
  return data;
}

// The name and the path of every item: "item_1007: 1003 1042".
std::vector<std::string> ids_of(const BuiltIndex& built) {
  std::vector<std::string> ids;
  for (ItemId item = 0; item < built.index.size(); ++item) {
    ids.push_back(fmt::format("{}: {}", built.index.name(item), fmt::join(built.index.path(item), " ")));
  }
  return ids;
}

std::vector<std::string> names_of(const ItemIndex& index) {
  std::vector<std::string> names;
  for (ItemId item = 0; item < index.size(); ++item) names.push_back(index.name(item));
  return names;
}

class EveryScheme : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Schemes, EveryScheme, ::testing::ValuesIn(item_schemes()));

TEST_P(EveryScheme, Pitfall20GivesEveryItemItsOwnPathAndName) {
  Rng rng(1, "histories");
  const Split split = leave_one_out({.histories = random_histories(rng, 20, 6, 80), .items = 90});
  const BuiltIndex built = build(split, GetParam());
  EXPECT_EQ(built.index.scheme(), GetParam());
  ASSERT_EQ(built.index.size(), 90u);
  const ItemTrie trie(built.index);
  std::set<std::string> numbers;
  for (ItemId item = 0; item < 90; ++item) {
    numbers.insert(built.index.name(item));
    EXPECT_EQ(built.index.find(built.index.path(item)), item);
  }
  std::set<std::string> expected;
  for (int number = 1001; number < 1091; ++number) expected.insert("item_" + std::to_string(number));
  EXPECT_EQ(numbers, expected);
}

TEST_P(EveryScheme, Pitfall02DoesNotSeeValidationAndTestItems) {
  Rng rng(2, "histories");
  Histories histories = random_histories(rng, 30, 6, 60);
  const std::vector<std::string> before =
      ids_of(build(leave_one_out({.histories = histories, .items = 60}), GetParam()));
  for (auto& history : histories) {
    for (std::size_t i = history.size() - 2; i < history.size(); ++i) history[i] = static_cast<ItemId>(rng.below(60));
  }
  const std::vector<std::string> after =
      ids_of(build(leave_one_out({.histories = histories, .items = 60}), GetParam()));
  EXPECT_EQ(before, after);
}

TEST_P(EveryScheme, DependsOnKeysAndNotOnDenseIds) {
  Rng rng(3, "histories");
  const Histories histories = random_histories(rng, 20, 6, 40);
  std::vector<ItemId> renamed(40);
  std::iota(renamed.begin(), renamed.end(), ItemId{0});
  rng.shuffle(std::span(renamed));
  Histories other = histories;
  std::vector<std::string> keys(40), other_keys(40);
  for (auto& history : other) {
    for (ItemId& item : history) item = renamed[item];
  }
  for (ItemId item = 0; item < 40; ++item) keys[item] = other_keys[renamed[item]] = "key" + std::to_string(item * 7919);
  const BuiltIndex one = build(leave_one_out({.histories = histories, .items = 40, .item_keys = keys}), GetParam());
  const BuiltIndex two = build(leave_one_out({.histories = other, .items = 40, .item_keys = other_keys}), GetParam());
  for (ItemId item = 0; item < 40; ++item) EXPECT_EQ(ids_of(one)[item], ids_of(two)[renamed[item]]);
}

TEST_P(EveryScheme, IsTheSameEveryTime) {
  Rng rng(4, "histories");
  const Split split = leave_one_out({.histories = random_histories(rng, 20, 6, 40)});
  EXPECT_EQ(ids_of(build(split, GetParam(), 2022, 1)), ids_of(build(split, GetParam(), 2022, 3)));
  const bool seeded = GetParam() != "sequential";
  EXPECT_EQ(ids_of(build(split, GetParam(), 1)) != ids_of(build(split, GetParam(), 2)), seeded);
}

TEST_P(EveryScheme, NamesItsPrivateTokensApart) {
  Rng rng(6, "histories");
  const BuiltIndex built =
      build(leave_one_out({.histories = random_histories(rng, 30, 6, 50), .items = 50}), GetParam());
  const std::set<std::string> names(built.id_tokens.begin(), built.id_tokens.end());
  EXPECT_EQ(names.size(), built.id_tokens.size());
  for (ItemId item = 0; item < built.index.size(); ++item) {
    for (const TokenId token : built.index.path(item)) {
      EXPECT_LT(token, kFirstIdToken + static_cast<TokenId>(built.id_tokens.size()));
    }
  }
}

TEST(ItemIndexer, SequentialCountsTrainItemsFirstThenTheRestByKey) {
  const Split split = leave_one_out(
      {.histories = {{4, 2, 0, 1}, {2, 3, 5, 4}}, .items = 7, .item_keys = {"z", "b", "k2", "k3", "k4", "a", "c"}});
  const BuiltIndex built = build(split, "sequential");
  // Train parts are 4 2 | 2 3; never trained: 5 "a", 1 "b", 6 "c", 0 "z".
  EXPECT_THAT(names_of(built.index), ::testing::ElementsAre("item_1007", "item_1005", "item_1002", "item_1003",
                                                            "item_1001", "item_1004", "item_1006"));
  EXPECT_TRUE(built.id_tokens.empty());
}

TEST(ItemIndexer, IndependentAddsOneTokenAnItem) {
  const Split split = leave_one_out({.histories = {{0, 1, 2}}, .items = 9});
  const BuiltIndex built = build(split, "independent");
  ASSERT_EQ(built.id_tokens.size(), 9u);
  for (ItemId item = 0; item < 9; ++item) {
    ASSERT_EQ(built.index.path(item).size(), 1u);
    const TokenId token = built.index.path(item)[0];
    EXPECT_GE(token, kFirstIdToken);
    EXPECT_EQ(built.id_tokens.at(static_cast<std::size_t>(token - kFirstIdToken)), built.index.name(item));
  }
}

TEST(ItemIndexer, SpellsNumbersWithTheTokenizer) {
  const Split split = leave_one_out({.histories = {{0, 1, 2}}});
  const BuiltIndex built = build(split, "sequential");
  std::vector<TokenId> expected;
  LetterTokenizer().encode("item_1001", expected);
  EXPECT_TRUE(std::ranges::equal(built.index.path(0), expected));
}

TEST(ItemIndexer, RefusesTokenizersThatCannotSpell) {
  const Split split = leave_one_out({.histories = {{0, 1, 2}}});
  const auto reason = [&](const Tokenizer& tokenizer) -> std::string {
    try {
      make_item_indexer({.scheme = "sequential"})
          ->build({.split = split, .tokenizer = tokenizer, .first_id_token = kFirstIdToken});
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(reason(LetterTokenizer()), "accepted");
  EXPECT_THAT(reason(LetterTokenizer("2")), HasSubstr("item_1002"));
}

TEST(ItemIndexer, KnowsItsSchemes) {
  EXPECT_THROW(make_item_indexer({.scheme = "semantic"}), Error);
  IndexOptions options;
  OptionTable table;
  options.bind(table);
  table.set("index.scheme", "random", "test");
  table.set("index.seed", "7", "test");
  table.set("index.first_number", "1", "test");
  EXPECT_EQ(options.scheme, "random");
  EXPECT_EQ(options.seed, 7u);
  EXPECT_EQ(options.first_number, 1);
  EXPECT_THROW(table.set("index.scheme", "semantic", "test"), Error);
  ASSERT_NE(table.find_flag("index"), nullptr);
  EXPECT_THAT(item_schemes(), ::testing::Contains("sequential"));
  for (const std::string& scheme : item_schemes()) {
    EXPECT_THAT(table.find("index.scheme")->info.help, HasSubstr(scheme + ": ")) << "every scheme is explained";
    EXPECT_EQ(make_item_indexer({.scheme = scheme}) != nullptr, true);
  }
}

// The rule of pitfall 1, with no learning: the first five of max+1, last+1, max+2, last+2, max+3, last+3, max-1 that
// are not in the history, over item numbers. Share of users whose test item is the first guess, and among the five.
struct HitRates {
  double first = 0, five = 0;
};

HitRates guess_by_arithmetic(const Histories& histories, const std::vector<std::int64_t>& number_of) {
  double first = 0, five = 0, asked = 0;
  for (const auto& items : histories) {
    if (items.size() < 3) continue;
    std::set<std::int64_t> seen;
    for (std::size_t i = 0; i + 1 < items.size(); ++i) seen.insert(number_of[items[i]]);
    const std::int64_t max = *seen.rbegin(), last = number_of[items[items.size() - 2]];
    std::vector<std::int64_t> guesses;
    for (const std::int64_t guess : {max + 1, last + 1, max + 2, last + 2, max + 3, last + 3, max - 1}) {
      const bool again = std::find(guesses.begin(), guesses.end(), guess) != guesses.end();
      if (!again && !seen.contains(guess) && guesses.size() < 5) guesses.push_back(guess);
    }
    const auto hit = std::find(guesses.begin(), guesses.end(), number_of[items.back()]);
    first += hit == guesses.begin() ? 1 : 0;
    five += hit != guesses.end() ? 1 : 0;
    asked += 1;
  }
  return {first / asked, five / asked};
}

std::vector<std::int64_t> numbers_of(const ItemIndex& index) {
  std::vector<std::int64_t> numbers;
  for (ItemId item = 0; item < index.size(); ++item) numbers.push_back(index.number(item));
  return numbers;
}

// Numbers by first appearance over whole histories, test items included: the leak of the released P5 data.
std::vector<std::int64_t> leaky_numbers(const Histories& histories, std::size_t items) {
  std::vector<std::int64_t> numbers(items, 0);
  std::int64_t next = 1;
  for (const auto& history : histories) {
    for (const ItemId item : history) {
      if (numbers[item] == 0) numbers[item] = next++;
    }
  }
  return numbers;
}

TEST_P(EveryScheme, Pitfall01DoesNotLetArithmeticGuessTheTestItem) {
  Rng rng(5, "histories");
  const Histories histories = random_histories(rng, 1500, 6, 6000);  // most test items are seen nowhere before
  const HitRates leak = guess_by_arithmetic(histories, leaky_numbers(histories, 6000));
  ASSERT_GT(leak.first, 0.1) << "the data must be able to leak, else this test shows nothing";
  const Split split = leave_one_out({.histories = histories, .items = 6000});
  const HitRates rates = guess_by_arithmetic(histories, numbers_of(build(split, GetParam()).index));
  EXPECT_LT(rates.first, 0.01);
  EXPECT_LT(rates.five, 0.01);
}

TEST_P(EveryScheme, MendsTheLeakOfTheReleasedBeautyData) {
  std::ifstream file(test::shared_folder() / "datasets/s3rec/Beauty.txt");
  if (!file) GTEST_SKIP() << "the data set is not here";
  Histories histories;
  for (std::string line; std::getline(file, line);) {
    std::istringstream numbers(line);
    ItemId item = 0;
    numbers >> item;  // the user
    histories.emplace_back();
    while (numbers >> item) histories.back().push_back(item - 1);
  }
  std::vector<std::int64_t> released(12101);
  std::iota(released.begin(), released.end(), std::int64_t{1});
  const HitRates leak = guess_by_arithmetic(histories, released);
  EXPECT_NEAR(leak.first, 0.0441, 0.00005);
  EXPECT_NEAR(leak.five, 0.0525, 0.00005);
  const Split split = leave_one_out({.histories = histories});
  const HitRates rates = guess_by_arithmetic(histories, numbers_of(build(split, GetParam()).index));
  EXPECT_LT(rates.first, 0.01);
  EXPECT_LT(rates.five, 0.02);
}

TEST(ItemIndexer, GivesEveryBeautyItemAnIdThatT5CanSpell) {
  const auto model = test::shared_folder() / "datasets/t5/spiece.model";
  if (!std::filesystem::exists(model)) GTEST_SKIP() << "T5's model is not here";
  const Split split = leave_one_out({.histories = {}, .items = 12101});
  const auto tokenizer = SentencePieceTokenizer::load(model);
  const BuiltIndex built = make_item_indexer({.scheme = "random"})
                               ->build({.split = split, .tokenizer = *tokenizer, .first_id_token = 32100});
  EXPECT_EQ(built.index.size(), 12101u);
  EXPECT_LE(built.index.longest_path(), 8u);
}

}  // namespace
}  // namespace p5
