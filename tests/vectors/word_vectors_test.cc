#include "vectors/word_vectors.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "p5/error.h"
#include "support/fake_corpus.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename Number>
void append(std::string& bytes, const std::vector<Number>& numbers) {
  const std::size_t before = bytes.size();
  bytes.resize(before + numbers.size() * sizeof(Number));
  std::memcpy(bytes.data() + before, numbers.data(), numbers.size() * sizeof(Number));
}

class WordVectors : public ::testing::Test {
 protected:
  VectorTable read(const std::string& bytes) {
    std::ofstream(folder_ / "words", std::ios::binary) << bytes;
    return read_word_vectors(folder_ / "words", corpus_.catalog(), 3);
  }
  std::string error_of(const std::string& bytes) {
    try {
      read(bytes);
    } catch (const Error& error) {
      return fmt::format("{} ({})", error.what(), exit_code_of(error));
    }
    return "accepted";
  }

  test::TemporaryFolder folder_;
  // "Guitar" is known in lower case only; nothing of the third title is known.
  const test::FakeCorpus corpus_{{.histories = {{0, 1, 2}}, .titles = {"steel strings", "Guitar (strings)", "xyz"}}};
};

TEST_F(WordVectors, TextsWithAndWithoutHeaderGiveMeansOfWords) {
  const std::string lines = "strings 1 2\nsteel 3 6\nguitar -1 0\nother 9 9\n";
  for (const std::string& header : {"", "4 2\n"}) {
    const VectorTable table = read(header + lines);
    EXPECT_EQ(table.width, 2U);
    EXPECT_THAT(table.values, ElementsAre(2, 4, 0, 1, 0, 0)) << header;
  }
}

TEST_F(WordVectors, BinaryFilesOfWord2Vec) {
  std::string bytes = "3 2\n";
  const auto entry = [&](const std::string& word, const std::vector<float>& vector, const char* end) {
    bytes += word + " ";
    append(bytes, vector);
    bytes += end;
  };
  entry("strings", {1, 2}, "\n");
  entry("steel", {3, 6}, "");
  entry("guitar", {-1, 0}, "\n");
  EXPECT_THAT(read(bytes).values, ElementsAre(2, 4, 0, 1, 0, 0));
  bytes.resize(bytes.size() - 4);
  EXPECT_THAT(error_of(bytes), AllOf(HasSubstr("more bytes"), HasSubstr("(3)")));
}

// A model of two words and two buckets for parts of 3 letters; the hashes were computed by FNV-1a by hand for "<xy" and
// the like elsewhere, so here all buckets hold one vector and only the means can be checked.
TEST_F(WordVectors, ModelsOfFastTextKnowPartsOfWords) {
  std::string bytes;
  append<std::int32_t>(bytes, {793712314, 12, 2, 5, 5, 1, 5, 1, 1, 1, /*bucket=*/2, /*minn=*/3, /*maxn=*/3, 100});
  append<double>(bytes, {1e-4});
  append<std::int32_t>(bytes, {2, 2, 0});
  append<std::int64_t>(bytes, {10, -1});
  for (const char* word : {"strings", "steel"}) {
    bytes += std::string(word) + '\0';
    append<std::int64_t>(bytes, {5});
    bytes += '\0';
  }
  bytes += '\0';  // not quantised
  append<std::int64_t>(bytes, {4, 2});
  append<float>(bytes, {8, 0, 6, 0, /*buckets*/ 1, 1, 1, 1});
  const VectorTable table = read(bytes);
  // "<strings>" has 7 parts of 3 letters, "<steel>" 5, and "xyz" 3, which is known by them alone.
  EXPECT_NEAR(table.values[0], ((8.0 + 7) / 8 + (6.0 + 5) / 6) / 2, 1e-5);
  EXPECT_NEAR(table.values[4], 1.0, 1e-6);
  EXPECT_THAT(error_of(bytes.substr(0, bytes.size() - 8)), HasSubstr("4 rows"));
}

TEST_F(WordVectors, FaultsNameThePlace) {
  EXPECT_THAT(error_of("strings 1 2\nsteel 3\n"), AllOf(HasSubstr("line 2"), HasSubstr("2 numbers"), HasSubstr("(3)")));
  EXPECT_THAT(error_of("strings 1 nan\n"), AllOf(HasSubstr("line 1"), HasSubstr("number 2")));
  EXPECT_THAT(error_of("no 1 2\n"), AllOf(HasSubstr("no item has a word"), HasSubstr("(2)")));
  EXPECT_THAT(error_of("5 99999999\n"), HasSubstr("65536"));
  EXPECT_THAT(error_of("3 2\nstrings"), HasSubstr("(3)"));
}

}  // namespace
}  // namespace p5
