#include "records/zip_archive.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "p5/error.h"
#include "records/byte_source.h"
#include "records/input_files.h"
#include "support/recording_sink.h"
#include "support/temporary_folder.h"
#include "support/zip_text.h"

namespace p5 {
namespace {

using testing::HasSubstr;

std::string all_of(const std::filesystem::path& path) {
  ByteSource source(path);
  std::string text(1 << 20, '\0'), all;
  for (std::size_t got = 1; got > 0;) {
    got = source.read(text.data(), text.size());
    all.append(text, 0, got);
  }
  return all;
}

class ZipArchiveTest : public testing::Test {
 protected:
  std::filesystem::path archive(const std::string& bytes) {
    write_file_atomically(folder_ / "a.zip", bytes);
    return folder_ / "a.zip";
  }
  test::TemporaryFolder folder_;
};

TEST_F(ZipArchiveTest, MembersAreReadByPath) {
  const std::string large(3 << 20, 'x');
  for (const bool deflated : {true, false}) {
    const auto path = archive(test::zip_text({{"d/one.csv", "user,item\n"}, {"two.csv", large}, {"d/", ""}}, deflated));
    EXPECT_TRUE(is_zip(path));
    EXPECT_EQ(zip_members(path).size(), 2u) << "folders are no members";
    EXPECT_EQ(all_of(path / "d/one.csv"), "user,item\n");
    EXPECT_EQ(all_of(path / "two.csv"), large);
    EXPECT_THAT(test::error_of([&] { all_of(path / "none.csv"); }), HasSubstr("no such member"));
    EXPECT_THAT(test::error_of([&] { all_of(path); }), HasSubstr("several members"));
  }
  EXPECT_EQ(all_of(archive(test::zip_text({{"one.csv", "text"}}))), "text") << "one member is the file";
}

TEST_F(ZipArchiveTest, DamageIsReported) {
  const std::string whole = test::zip_text({{"one.csv", std::string(1000, 'a') + "b"}});
  for (std::size_t size = 4; size < whole.size(); size += 7) {
    EXPECT_NE(test::error_of([&] { all_of(archive(whole.substr(0, size)) / "one.csv"); }), "") << size;
  }
  std::string flipped = test::zip_text({{"one.csv", "abc"}}, false);
  flipped[flipped.find("abc")] = 'x';
  EXPECT_THAT(test::error_of([&] { all_of(archive(flipped) / "one.csv"); }), HasSubstr("checksum"));
  EXPECT_FALSE(is_zip(archive("PK")));
}

TEST_F(ZipArchiveTest, IsAnInputLikeAFolder) {
  const auto path =
      archive(test::zip_text({{"x/test.csv", ""}, {"x/train.csv", ""}, {"x/notes.md", ""}, {"__MACOSX/t.csv", ""}}));
  const auto csv = [](const std::filesystem::path& file) { return has_extension(file, {".csv"}); };
  const auto files = expand_inputs({path}, csv, "csv");
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0], path / "x/train.csv") << "what is learnt from comes first";
  EXPECT_EQ(files_in_folders({path}).size(), 3u);
}

TEST(NamedPart, IsAWordOfTheName) {
  EXPECT_EQ(named_part_of("beauty.train.inter"), NamedPart::kTrain);
  EXPECT_EQ(named_part_of("x/Valid.csv.gz"), NamedPart::kValid);
  EXPECT_EQ(named_part_of("ratings_test.csv"), NamedPart::kTest);
  EXPECT_EQ(named_part_of("dev.tsv"), NamedPart::kValid);
  EXPECT_EQ(named_part_of("u1.base"), NamedPart::kTrain);
  EXPECT_EQ(named_part_of("MIND_dev/behaviors.tsv"), NamedPart::kValid);
  EXPECT_EQ(named_part_of("latest.csv"), NamedPart::kNone) << "no word of its own";
  EXPECT_EQ(named_part_of("train_test.csv"), NamedPart::kNone);
}

TEST(ByteSource, NamesTheToolForWhatItCannotRead) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "log.csv.zst", "\x28\xb5\x2f\xfd rest");
  EXPECT_THAT(test::error_of([&] { ByteSource(folder / "log.csv.zst"); }), HasSubstr("zstdcat"));
  write_file_atomically(folder / "t.parquet", "PAR1 rest");
  EXPECT_THAT(test::error_of([&] { ByteSource(folder / "t.parquet"); }), HasSubstr("Parquet"));
}

}  // namespace
}  // namespace p5
