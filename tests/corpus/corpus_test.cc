#include "corpus/corpus.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/digest.h"
#include "base/file.h"
#include "base/json_checksum.h"
#include "corpus/attribute_json.h"
#include "corpus/corpus_format.h"
#include "corpus/corpus_writer.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

// Two users, three items, five interactions; the second user has neither name nor times.
void write_small_corpus(const fs::path& folder) {
  fs::create_directories(folder);
  CorpusWriter writer(folder);
  writer.add_user(UserRecord{.key = "zoe", .name = "Zoë", .attributes = {{"age", 31.0}}});
  writer.add_user(UserRecord{.key = "adam", .name = "", .attributes = {}});
  writer.add_item(ItemRecord{.key = "B03",
                             .title = "Capo",
                             .brand = "Dunlop",
                             .description = "Holds strings down.",
                             .price = 9.5,
                             .categories = {"Music", "Guitars"},
                             .attributes = {{"colour", std::string("red")},
                                            {"sizes", std::vector<std::string>{"S", "M"}},
                                            {"vector", std::vector<float>{0.1f, -2.0f}}}});
  writer.add_item(
      ItemRecord{.key = "A01", .title = "", .brand = "", .description = "", .categories = {}, .attributes = {}});
  writer.add_item(ItemRecord{.key = "C02",
                             .title = "Strap",
                             .brand = "",
                             .description = "",
                             .price = 3,
                             .categories = {"Music"},
                             .attributes = {}});
  writer.add_interaction(
      {.user = 0, .item = 2, .rating = 5, .time_ms = 1000, .event = "review", .review = "Sturdy.", .headline = "Good"});
  writer.add_interaction(
      {.user = 0, .item = 0, .rating = 4, .time_ms = 1000, .event = "click", .review = "", .headline = ""});
  writer.add_interaction({.user = 0,
                          .item = 1,
                          .rating = kNoRating,
                          .time_ms = 3000,
                          .event = "review",
                          .review = "Naïve \xFF text",
                          .headline = "",
                          .attributes = R"([["helpful",[2.0,3.0]],["verified","true"]])"});
  writer.add_interaction({.user = 1, .item = 1, .rating = 1, .event = "", .review = "", .headline = ""});
  writer.add_interaction({.user = 1, .item = 0, .rating = 2, .event = "", .review = "", .headline = ""});
  writer.finish({.name = "small", .source = "test", .ties = "file", .seed = 7, .data_sha256 = ""});
}

ErrorCode code_of(const std::function<void()>& action, std::string* message = nullptr) {
  try {
    action();
  } catch (const Error& error) {
    if (message != nullptr) *message = error.what();
    EXPECT_EQ(error.subject(), ErrorSubject::kData) << error.what();
    return error.code();
  }
  ADD_FAILURE() << "expected an error";
  return ErrorCode::kInternal;
}

// One item more, so that every column of items differs.
void write_larger_corpus(const fs::path& folder) {
  fs::create_directories(folder);
  CorpusWriter writer(folder);
  for (const char* key : {"zoe", "adam"}) {
    writer.add_user(UserRecord{.key = key, .name = "", .attributes = {}});
  }
  for (const char* key : {"X", "Y", "Z", "W"}) {
    writer.add_item(ItemRecord{.key = key,
                               .title = "another title",
                               .brand = "brand",
                               .description = "",
                               .categories = {"one", "two"},
                               .attributes = {}});
  }
  for (std::uint32_t user : {0u, 1u}) {
    for (std::uint32_t item : {3u, 2u, 1u}) {
      writer.add_interaction({.user = user, .item = item, .rating = 5, .event = "", .review = "x", .headline = ""});
    }
  }
  writer.finish({.name = "larger", .source = "test", .ties = "file", .seed = 7, .data_sha256 = ""});
}

// As import --force does. Header and columns of different corpora do not fit together.
TEST(Corpus, IsReadWholeWhileItIsReplaced) {
  const test::TemporaryFolder folder;
  write_small_corpus(folder / "c");
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; !done; ++i) {
      AtomicDirectory target(folder / "c", AtomicDirectory::Existing::kReplace);
      i % 2 == 0 ? write_larger_corpus(target.path()) : write_small_corpus(target.path());
      target.commit();
    }
  });
  for (int i = 0; i < 100; ++i) {
    try {
      const auto corpus = Corpus::open(folder / "c");
      EXPECT_EQ(corpus->catalog().size(), corpus->info().name == "small" ? 3u : 4u);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
  done = true;
  writer.join();
}

TEST(Corpus, ReadsBackWhatWasWritten) {
  const test::TemporaryFolder folder;
  write_small_corpus(folder / "c");
  const auto corpus = Corpus::open(folder / "c");
  EXPECT_EQ(corpus->info().name, "small");
  EXPECT_EQ(corpus->info().seed, 7u);
  EXPECT_EQ(corpus->info().data_sha256.size(), 64u);
  ASSERT_EQ(corpus->user_count(), 2u);
  ASSERT_EQ(corpus->item_count(), 3u);
  ASSERT_EQ(corpus->interaction_count(), 5u);
  EXPECT_EQ(corpus->range_of(0).size(), 3u);
  EXPECT_EQ(corpus->range_of(1).begin, 3u);
  EXPECT_EQ(std::vector<ItemId>(corpus->items_of(1).begin(), corpus->items_of(1).end()), (std::vector<ItemId>{1, 0}));
  EXPECT_EQ(corpus->users()[3], 1u);
  EXPECT_TRUE(std::isnan(corpus->ratings()[2]));
  EXPECT_EQ(corpus->times()[2], 3000);
  EXPECT_EQ(corpus->times()[4], kNoTime);
  EXPECT_EQ(corpus->event(1), "click");
  EXPECT_EQ(corpus->event(4), "");
  EXPECT_EQ(corpus->review(0), "Sturdy.");
  EXPECT_EQ(corpus->review(2), "Naïve \xEF\xBF\xBD text");
  EXPECT_EQ(corpus->headline(0), "Good");
  EXPECT_TRUE(corpus->attributes(0).empty());
  ASSERT_EQ(corpus->attributes(2).size(), 2u);
  EXPECT_EQ(corpus->attributes(2)[0].name, "helpful");
  EXPECT_EQ(std::get<std::vector<float>>(corpus->attributes(2)[0].value), (std::vector<float>{2, 3}));
  EXPECT_EQ(corpus->user_name(0), "Zoë");
  EXPECT_EQ(corpus->user_key(1), "adam");
  EXPECT_EQ(corpus->find_user("adam"), 1u);
  EXPECT_EQ(corpus->find_user("bob"), std::nullopt);
  EXPECT_EQ(std::get<double>(corpus->user_attributes(0).at(0).value), 31.0);
  EXPECT_TRUE(corpus->user_attributes(1).empty());
  EXPECT_TRUE(corpus->has_ratings());
}

TEST(Corpus, ReadsBackTheCatalogue) {
  const test::TemporaryFolder folder;
  write_small_corpus(folder / "c");
  const auto corpus = Corpus::open(folder / "c");
  const ItemCatalog& catalog = corpus->catalog();
  EXPECT_EQ(catalog.find("A01"), 1u);
  EXPECT_EQ(catalog.find("B03"), 0u);
  EXPECT_EQ(catalog.find("C02"), 2u);
  EXPECT_EQ(catalog.find(""), std::nullopt);
  EXPECT_EQ(catalog.find("D"), std::nullopt);
  EXPECT_EQ(catalog.title(0), "Capo");
  EXPECT_EQ(catalog.display_title(1), "item A01");
  EXPECT_EQ(catalog.brand(0), "Dunlop");
  EXPECT_EQ(catalog.description(0), "Holds strings down.");
  EXPECT_EQ(catalog.price(0), 9.5);
  EXPECT_TRUE(std::isnan(catalog.price(1)));
  EXPECT_EQ(catalog.categories(0), (std::vector<std::string_view>{"Music", "Guitars"}));
  EXPECT_TRUE(catalog.categories(1).empty());
  const auto attributes = catalog.attributes(0);
  ASSERT_EQ(attributes.size(), 3u);
  EXPECT_EQ(std::get<std::string>(attributes[0].value), "red");
  EXPECT_EQ(std::get<std::vector<std::string>>(attributes[1].value), (std::vector<std::string>{"S", "M"}));
  EXPECT_EQ(std::get<std::vector<float>>(attributes[2].value), (std::vector<float>{0.1f, -2.0f}));
}

TEST(Corpus, KnowsItsRatingScaleWhetherItIsWrittenOrNot) {
  const test::TemporaryFolder folder;
  write_small_corpus(folder / "c");
  EXPECT_EQ(Corpus::open(folder / "c")->rating_scale(), RatingScale());
  const auto file = folder / "c" / kCorpusHeaderFile;
  CorpusHeader header = parse_corpus_header(read_file(file), "");
  EXPECT_EQ(header.info.rating_scale, RatingScale());
  header.info.rating_scale = RatingScale(0, 10, 0.5);  // as whoever imported it said
  write_file_atomically(file, to_json(header));
  EXPECT_EQ(Corpus::open(folder / "c")->rating_scale(), RatingScale(0, 10, 0.5));
  header.info.rating_scale.reset();  // as old corpora
  write_file_atomically(file, to_json(header));
  EXPECT_EQ(Corpus::open(folder / "c")->info().rating_scale, RatingScale());
}

TEST(Corpus, RemembersWhatItsKeysWere) {
  const test::TemporaryFolder folder;
  write_small_corpus(folder / "c");
  const auto file = folder / "c" / kCorpusHeaderFile;
  EXPECT_EQ(read_file(file).find("_keys"), std::string::npos);  // texts, as in corpora of earlier versions
  CorpusHeader header = parse_corpus_header(read_file(file), "");
  EXPECT_EQ(header.info.user_keys, KeyKind::kText);
  header.info.user_keys = KeyKind::kInteger;
  write_file_atomically(file, to_json(header));
  EXPECT_EQ(Corpus::open(folder / "c")->info().user_keys, KeyKind::kInteger);
  EXPECT_EQ(Corpus::open(folder / "c")->info().item_keys, KeyKind::kText);

  nlohmann::json document = nlohmann::json::parse(to_json(header));
  document["info"]["user_keys"] = "decimal";
  document["checksum"] = json_checksum(document);
  EXPECT_THROW(parse_corpus_header(document.dump(), "corpus.json"), Error);
}

TEST(Corpus, EqualDataHaveEqualDigests) {
  const test::TemporaryFolder folder;
  write_small_corpus(folder / "a");
  write_small_corpus(folder / "b");
  EXPECT_EQ(Corpus::open(folder / "a")->info().data_sha256, Corpus::open(folder / "b")->info().data_sha256);
  EXPECT_EQ(read_file(folder / "a" / "corpus.json"), read_file(folder / "b" / "corpus.json"));
}

TEST(Corpus, MissingFolderIsNotFound) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(code_of([&] { Corpus::open(folder / "nothing"); }), ErrorCode::kNotFound);
}

TEST(Corpus, OtherVersionIsUnsupported) {
  const test::TemporaryFolder folder;
  write_small_corpus(folder / "c");
  std::string text = read_file(folder / "c" / "corpus.json");
  const std::string version = "\"version\": 1";
  text.replace(text.find(version), version.size(), "\"version\": 9");
  write_file_atomically(folder / "c" / "corpus.json", text);
  std::string message;
  EXPECT_EQ(code_of([&] { Corpus::open(folder / "c"); }, &message), ErrorCode::kUnsupported);
  EXPECT_NE(message.find("expected 1, got 9"), std::string::npos) << message;
}

// Any changed, cut or lengthened byte of any file is one data error that names the file.
TEST(Corpus, EveryDamageIsOneClearError) {
  const test::TemporaryFolder folder;
  write_small_corpus(folder / "c");
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder / "c")) files.push_back(entry.path());
  ASSERT_GT(files.size(), 20u);
  for (const auto& file : files) {
    const std::string good = read_file(file);
    const auto expect_damage = [&](const std::string& content) {
      std::ofstream(file, std::ios::binary) << content;
      std::string message;
      const ErrorCode code = code_of([&] { Corpus::open(folder / "c"); }, &message);
      EXPECT_TRUE(code == ErrorCode::kCorrupted || code == ErrorCode::kUnsupported) << file << ": " << message;
      EXPECT_NE(message.find(file.filename().string()), std::string::npos) << file << ": " << message;
      EXPECT_NE(message.find("expected"), std::string::npos) << message;
    };
    const std::size_t step = file.extension() == ".json" ? 97 : 5;
    for (std::size_t at = 0; at < good.size(); at += step) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 0x15);
      expect_damage(bad);
    }
    if (!good.empty() && file.extension() != ".json") {
      expect_damage(good.substr(0, good.size() - 1));
      expect_damage(good + "x");
      fs::remove(file);
      EXPECT_EQ(code_of([&] { Corpus::open(folder / "c"); }), ErrorCode::kCorrupted);
    }
    std::ofstream(file, std::ios::binary) << good;
  }
  EXPECT_NO_THROW(Corpus::open(folder / "c"));
}

// Even with forged checksums, no access can leave its column.
class ForgedCorpus : public ::testing::Test {
 protected:
  void SetUp() override { write_small_corpus(folder_ / "c"); }

  template <typename T>
  void expect_refused(std::string_view file, std::size_t index, T value) {
    const fs::path path = folder_ / "c" / std::string(file);
    const std::string good = read_file(path);
    std::string bad = good;
    bad.replace(index * sizeof(T), sizeof(T), reinterpret_cast<const char*>(&value), sizeof(T));
    replace(path, bad);
    std::string message;
    EXPECT_EQ(code_of([&] { Corpus::open(folder_ / "c"); }, &message), ErrorCode::kCorrupted) << file;
    EXPECT_NE(message.find(file), std::string::npos) << message;
    EXPECT_EQ(message.find("xxh3"), std::string::npos) << "the checksum should be forged: " << message;
    replace(path, good);
  }

  test::TemporaryFolder folder_;

 private:
  void replace(const fs::path& path, const std::string& content) {
    const fs::path header_path = folder_ / "c" / kCorpusHeaderFile;
    CorpusHeader header = parse_corpus_header(read_file(header_path), "header");
    for (auto& entry : header.columns) {
      if (entry.file == path.filename()) entry.checksum = checksum64(std::as_bytes(std::span(content)));
    }
    write_file_atomically(path, content);
    write_file_atomically(header_path, to_json(header));
  }
};

TEST_F(ForgedCorpus, IsRefused) {
  expect_refused<ItemId>(column::kItems, 4, 3);
  expect_refused<UserId>(column::kUsers, 0, 1);
  expect_refused<UserId>(column::kUsers, 4, 99);
  expect_refused<std::int64_t>(column::kTimes, 2, 5);
  expect_refused<float>(column::kRatings, 2, std::numeric_limits<float>::infinity());
  expect_refused<std::uint16_t>(column::kEventCodes, 0, 3);
  expect_refused<std::uint64_t>(column::kUserBegin, 1, 6);
  expect_refused<std::uint64_t>(column::kUserBegin, 0, 1);
  expect_refused<std::uint64_t>(column::kUserBegin, 2, ~0ULL);
  expect_refused<std::uint64_t>(column::kCategoryBegin, 1, 4);
  expect_refused<std::uint64_t>(offsets_file(column::kTitle), 1, 1000);
  expect_refused<std::uint64_t>(offsets_file(column::kReview), 2, 10);  // inside the letter ï
  expect_refused<std::uint32_t>(column::kUserOrder, 0, 0);
  expect_refused<std::uint32_t>(column::kItemOrder, 1, 77);
  expect_refused<char>(blob_file(column::kUserName), 2, '\xFF');
}

TEST(CorpusHeader, BracketsWithoutEndAreRefused) {
  const std::string deep =
      "{\"format\": \"p5-corpus\", \"version\": 1, \"checksum\": \"\", \"x\": " + std::string(500000, '[') +
      std::string(500000, ']') + "}";
  EXPECT_EQ(code_of([&] { parse_corpus_header(deep, "corpus.json"); }), ErrorCode::kCorrupted);
}

TEST(CorpusWriter, RefusesWhatWouldNotOpen) {
  const test::TemporaryFolder folder;
  const auto writer = [&](const std::string& name) {
    fs::create_directories(folder / name);
    return CorpusWriter(folder / name);
  };
  EXPECT_EQ(code_of([&] {
              auto w = writer("order");
              w.add_interaction({.user = 1, .item = 0});
              w.add_interaction({.user = 0, .item = 0});
            }),
            ErrorCode::kCorrupted);
  EXPECT_EQ(code_of([&] {
              auto w = writer("unknown");
              w.add_user(UserRow{.key = "u", .name = "", .attributes = ""});
              w.add_interaction({.user = 0, .item = 0});
              w.finish({});
            }),
            ErrorCode::kCorrupted);
  EXPECT_EQ(code_of([&] {
              auto w = writer("twice");
              w.add_user(UserRow{.key = "u", .name = "", .attributes = ""});
              w.add_user(UserRow{.key = "u", .name = "", .attributes = ""});
              w.finish({});
            }),
            ErrorCode::kCorrupted);
  EXPECT_EQ(code_of([&] { writer("empty").add_item(ItemRow{}); }), ErrorCode::kCorrupted);
}

TEST(AttributeJson, RefusesOtherShapes) {
  for (const char* bad : {"{}", "[1]", "[[\"a\"]]", "[[1,2]]", "[[\"a\",{}]]", "[[\"a\",[1,\"b\"]]]", "[[\"a\",tru"}) {
    EXPECT_EQ(code_of([&] { decode_attributes(bad, "x"); }), ErrorCode::kCorrupted) << bad;
  }
  const auto attributes = decode_attributes(encode_attributes({{"bad \xC3", std::nan("")}}), "x");
  EXPECT_EQ(attributes.at(0).name, "bad \xEF\xBF\xBD");
  EXPECT_TRUE(std::isnan(std::get<double>(attributes.at(0).value)));
}

}  // namespace
}  // namespace p5
