#include "explain/explanation_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/rng.h"
#include "explain/explanation_set.h"
#include "p5/error.h"
#include "support/fake_corpus.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class ExplanationReader : public testing::Test {
 protected:
  ExplanationList read(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return read_explanations(folder_ / name, *corpus_);
  }
  std::string error_of(const std::string& name, const std::string& content) {
    try {
      read(name, content);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  const test::TemporaryFolder folder_;
  const std::shared_ptr<const Corpus> corpus_ =
      std::make_shared<const test::FakeCorpus>(std::vector<std::vector<ItemId>>{{0, 1, 0}, {1}});
};

TEST_F(ExplanationReader, ReadsTablesAndJsonLinesAlike) {
  const std::string sentence = "The sound, he said, is \"great\".";
  const auto from_csv = read(
      "list.csv", "sentence,extra,Feature,item_id,user\n\"The sound, he said, is \"\"great\"\".\",x,sound,i1,u0\n");
  const auto from_tsv = read("list.tsv", "user\titem\tfeature\tsentence\nu0\ti1\tsound\t" + sentence + "\n");
  const auto from_json =
      read("list.jsonl",
           nlohmann::json{{"user", "u0"}, {"asin", "i1"}, {"feature", "sound"}, {"explanation", sentence}}.dump());
  for (const auto* list : {&from_csv, &from_tsv, &from_json}) {
    ASSERT_EQ(list->explanations.size(), 1u);
    EXPECT_EQ(list->explanations[0].interaction, 1u);
    EXPECT_EQ(list->explanations[0].feature, "sound");
    EXPECT_EQ(list->explanations[0].sentence, sentence);
    EXPECT_EQ(list->bad_lines + list->unknown_pairs, 0u);
  }
}

TEST_F(ExplanationReader, CountsWhatDoesNotFit) {
  const auto list = read("list.csv",
                         "user,item,feature,sentence\nu0,i0,sound,It sounds good\nnobody,i0,a,b\nu1,i0,a,b\nu0,i0,,b\n"
                         "u0,i0,a,...\nu0,i0\nu0,i0,a,\"never closed\n");
  EXPECT_EQ(list.explanations.size(), 1u);
  EXPECT_EQ(list.unknown_pairs, 2u);
  EXPECT_EQ(list.bad_lines, 4u);
  ASSERT_EQ(list.examples.size(), 4u);
  EXPECT_THAT(list.examples[0], AllOf(HasSubstr("list.csv:5"), HasSubstr("feature: expected a word")));
  EXPECT_THAT(list.examples[3], HasSubstr("closing quote"));
}

TEST_F(ExplanationReader, MissingColumnsAreNamed) {
  EXPECT_THAT(error_of("list.csv", "user,item,sentence\n"), AllOf(HasSubstr("list.csv:1"), HasSubstr("'feature'")));
  EXPECT_THAT(error_of("list.csv", ""), HasSubstr("empty list"));
  EXPECT_THROW(read_explanations(folder_ / "none.csv", *corpus_), Error);
}

TEST_F(ExplanationReader, HostileJsonLinesAreBadLines) {
  const auto list = read("list.jsonl", "{\"user\": {\"a\": [1]}, \"item\": 3}\n[1,2]\nnull\n{\"user\"\n\xff\xfe\x80\n" +
                                           std::string(300, '[') + "\n\n{}\n");
  EXPECT_EQ(list.explanations.size(), 0u);
  EXPECT_EQ(list.lines, 7u);
  EXPECT_EQ(list.bad_lines, 7u);
}

TEST_F(ExplanationReader, LongTextsAreBadLines) {
  const auto list = read("list.tsv", "user\titem\tfeature\tsentence\nu0\ti0\tsound\t" + std::string(5000, 'a') +
                                         "\nu0\ti0\t" + std::string(300, 'a') + "\tgood\n");
  EXPECT_EQ(list.bad_lines, 2u);
}

// Any bytes after a good header give records or bad lines, never anything else.
TEST_F(ExplanationReader, AcceptsAnyBytes) {
  Rng rng(9, "bytes");
  for (int round = 0; round < 60; ++round) {
    std::string bytes;
    for (std::size_t i = rng.below(200); i > 0; --i) {
      bytes += rng.coin() ? static_cast<char>(rng.below(256)) : "u0,i1\"\n{}:\t"[rng.below(12)];
    }
    for (const char* name : {"list.csv", "list.tsv"}) {
      const std::string header = name[5] == 'c' ? "user,item,feature,sentence\n" : "user\titem\tfeature\tsentence\n";
      EXPECT_EQ(error_of(name, header + bytes), "");
    }
    EXPECT_EQ(error_of("list.jsonl", bytes), "");
  }
}

TEST_F(ExplanationReader, ReadsWhatIsWritten) {
  const Explanation explanation{
      .interaction = 3, .feature = "sound", .sentence = "It\u2019s \"loud\"", .opinion = "loud"};
  const auto list = read("list.jsonl", explanation_json(explanation, *corpus_) + "\n");
  ASSERT_EQ(list.explanations.size(), 1u);
  EXPECT_EQ(list.explanations[0].interaction, 3u);
  EXPECT_EQ(list.explanations[0].sentence, explanation.sentence);
}

TEST_F(ExplanationReader, AListThatFitsNothingStops) {
  std::ofstream(folder_ / "list.csv") << "user,item,feature,sentence\nx,y,sound,good sound\n";
  const Split split(corpus_, std::vector<Part>(4, Part::kTrain), "all");
  try {
    make_explanations(split, {.file = (folder_ / "list.csv").string()});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("list.csv"), HasSubstr("1 of other pairs")));
  }
}

}  // namespace
}  // namespace p5
