#include "recommend/model_bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/file.h"
#include "p5/error.h"
#include "recommend/answer_world.h"
#include "support/temporary_folder.h"
#include "text/sentencepiece_tokenizer.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Trained once: only this tokenizer can be saved.
std::shared_ptr<const Tokenizer> small_tokenizer() {
  static const auto tokenizer = [] {
    int line = 0;
    return SentencePieceTokenizer::train(
        [&line](std::string& sentence) {
          sentence = "what follows item_" + std::to_string(line) + " for user_" + std::to_string(7 * line);
          return ++line < 200;
        },
        {.pieces = 128});
  }();
  return tokenizer;
}

ModelBundle sample(std::size_t items = 60) {
  test::AnswerWorld world;
  ModelBundle bundle = std::move(world.bundle);
  bundle.vocabulary = std::make_shared<const Vocabulary>(small_tokenizer(), 100, std::vector<std::string>{"a", "b"});
  bundle.index = test::spelled_index(items, *small_tokenizer());
  bundle.corpus = "/data/world";
  bundle.catalog_sha256 = catalog_sha256(world.data.corpus->catalog());
  bundle.task.max_history = 13;
  bundle.task.separator = " , ";
  bundle.decode.beams = 31;
  bundle.answer.stars = AnswerOptions::Stars::kMedian;
  bundle.split.review_test = 0.25;
  return bundle;
}

std::string refusal(const fs::path& folder) {
  try {
    ModelBundle::load(folder);
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), 4) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "was loaded";
  return {};
}

TEST(ModelBundle, KeepsTheKeysOfItsItemsAndUsers) {
  const test::TemporaryFolder folder;
  ModelBundle saved = sample();
  saved.save(folder / "without");
  EXPECT_EQ(ModelBundle::load(folder / "without").keys, nullptr);
  KnownKeys keys;
  for (int item = 0; item < 60; ++item) keys.items.add("key\n" + std::to_string(item));
  keys.users.add("u\u00fc");
  saved.keys = std::make_shared<const KnownKeys>(keys);
  saved.save(folder / "bundle");
  const auto read = ModelBundle::load(folder / "bundle").keys;
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->items[59], "key\n59");
  EXPECT_EQ(read->users[0], "u\u00fc");
  keys.items.add("one more");
  saved.keys = std::make_shared<const KnownKeys>(keys);
  saved.save(folder / "other");
  EXPECT_THAT(refusal(folder / "other"), HasSubstr("60 items"));
}

TEST(ModelBundle, ReadsBackWhatItWrote) {
  const test::TemporaryFolder folder;
  const ModelBundle saved = sample();
  saved.save(folder / "bundle");
  const ModelBundle read = ModelBundle::load(folder / "bundle");
  EXPECT_EQ(read.corpus, saved.corpus);
  EXPECT_EQ(read.catalog_sha256, saved.catalog_sha256);
  EXPECT_EQ(read.task.max_history, 13);
  EXPECT_EQ(read.task.separator, " , ");
  EXPECT_EQ(read.decode.beams, 31);
  EXPECT_EQ(read.answer.stars, AnswerOptions::Stars::kMedian);
  EXPECT_EQ(read.split.review_test, 0.25);
  EXPECT_EQ(read.vocabulary->size(), saved.vocabulary->size());
  EXPECT_EQ(read.vocabulary->id_tokens()[1], "b");
  ASSERT_EQ(read.index->size(), saved.index->size());
  for (ItemId item = 0; item < 60; ++item) {
    EXPECT_EQ(read.index->name(item), saved.index->name(item));
    EXPECT_THAT(read.index->path(item), testing::ElementsAreArray(saved.index->path(item)));
  }
  EXPECT_EQ(read.prompts->to_toml(), saved.prompts->to_toml());
}

TEST(ModelBundle, SavingAgainReplacesTheFolder) {
  const test::TemporaryFolder folder;
  ModelBundle bundle = sample();
  bundle.save(folder / "bundle");
  bundle.decode.beams = 7;
  bundle.save(folder / "bundle");
  EXPECT_EQ(ModelBundle::load(folder / "bundle").decode.beams, 7);
}

TEST(ModelBundle, TheCatalogueDigestDependsOnKeysAndOrder) {
  const test::FakeCorpus one({.histories = {{0, 1}}, .item_keys = {"ab", "c"}});
  const test::FakeCorpus other({.histories = {{0, 1}}, .item_keys = {"a", "bc"}});
  const test::FakeCorpus turned({.histories = {{0, 1}}, .item_keys = {"c", "ab"}});
  EXPECT_NE(catalog_sha256(one.catalog()), catalog_sha256(other.catalog()));
  EXPECT_NE(catalog_sha256(one.catalog()), catalog_sha256(turned.catalog()));
}

struct Damage {
  const char* name;
  const char* file;
  std::function<void(const fs::path&)> harm;
};
void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.name; }

void write(const fs::path& file, const std::string& text) { write_file_atomically(file, text); }
void halve(const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 2); }
void remove(const fs::path& file) { fs::remove(file); }
void flip_in_the_middle(const fs::path& file) {
  std::string bytes = read_file(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x41);
  write(file, bytes);
}
auto text(const std::string& content) {
  return [content](const fs::path& file) { write(file, content); };
}

class DamagedBundle : public testing::TestWithParam<Damage> {};

TEST_P(DamagedBundle, IsOneModelErrorThatNamesTheFile) {
  for (const bool has_checksums :
       {true, false}) {  // without, as in earlier versions, the readers of the files are asked
    const test::TemporaryFolder folder;
    sample().save(folder / "bundle");
    GetParam().harm(folder / "bundle" / GetParam().file);
    if (!has_checksums) fs::remove(folder / "bundle/checksums.json");
    try {
      ModelBundle::load(folder / "bundle");
      FAIL() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(exit_code_of(error), 4) << error.what();
      EXPECT_THAT(error.what(), HasSubstr(fs::path(GetParam().file).filename().string()));
    }
  }
}

// What the readers of the files cannot notice.
TEST(ModelBundle, AChangedOptionIsNoticed) {
  const test::TemporaryFolder folder;
  sample().save(folder / "bundle");
  std::string options = read_file(folder / "bundle/options.toml");
  const std::size_t at = options.find("beams = ") + 8;
  options[at] = options[at] == '1' ? '2' : '1';
  write_file_atomically(folder / "bundle/options.toml", options);
  EXPECT_THROW(ModelBundle::load(folder / "bundle"), Error);
}

INSTANTIATE_TEST_SUITE_P(
    Files, DamagedBundle,
    testing::Values(
        Damage{"NoManifest", "bundle.json", remove}, Damage{"EmptyManifest", "bundle.json", text("")},
        Damage{"ManifestList", "bundle.json", text("[]")},
        Damage{"ManifestBytes", "bundle.json", text(std::string("\0\xff\xfe{", 4))},
        Damage{"DeepManifest", "bundle.json", text(std::string(500000, '['))},
        Damage{"DeepVersion", "bundle.json",
               text("{\"version\": " + std::string(400000, '[') + std::string(400000, ']') + "}")},
        Damage{"OtherVersion", "bundle.json", text("{\"version\": 2}")},
        Damage{"VersionText", "bundle.json", text("{\"version\": \"1\"}")},
        Damage{"NoCorpus", "bundle.json", text("{\"version\": 1, \"catalog_sha256\": \"x\", \"items\": 60}")},
        Damage{"CorpusNumber", "bundle.json", text("{\"version\": 1, \"corpus\": 7, \"catalog_sha256\": \"x\"}")},
        Damage{"NoOptions", "options.toml", remove}, Damage{"UnknownOption", "options.toml", text("[task]\nno = 1\n")},
        Damage{"WrongType", "options.toml", text("[decode]\nbeams = \"many\"\n")},
        Damage{"OutOfRange", "options.toml", text("[decode]\nbeams = -5\n")},
        Damage{"NoToml", "options.toml", text("[task\n")}, Damage{"NoPrompts", "prompts.toml", remove},
        Damage{"EmptyPrompts", "prompts.toml", text("")}, Damage{"PromptsHalf", "prompts.toml", halve},
        Damage{"NoIndex", "items.index", remove}, Damage{"IndexHalf", "items.index", halve},
        Damage{"EmptyIndex", "items.index", text("")}, Damage{"IndexBit", "items.index", flip_in_the_middle},
        Damage{"OtherIndex", "items.index",
               [](const fs::path& file) { test::spelled_index(59, *small_tokenizer())->save(file); }},
        Damage{"IndexOfAnotherVocabulary", "items.index",
               [](const fs::path& file) { test::spelled_index(60, test::LetterTokenizer())->save(file); }},
        Damage{"NoPieces", "vocabulary/spiece.model", remove}, Damage{"PiecesHalf", "vocabulary/spiece.model", halve},
        Damage{"PiecesEmpty", "vocabulary/spiece.model", text("")},
        Damage{"PiecesBit", "vocabulary/spiece.model", flip_in_the_middle},
        Damage{"NoVocabulary", "vocabulary/vocabulary.json", remove},
        Damage{"VocabularyList", "vocabulary/vocabulary.json", text("[1, 2]")},
        Damage{"VocabularyHalf", "vocabulary/vocabulary.json", halve}),
    [](const auto& damage) { return std::string(damage.param.name); });

}  // namespace
}  // namespace p5
