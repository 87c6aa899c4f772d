#include "records/line_source.h"

#include <gmock/gmock.h>

#include "p5/error.h"
#include "support/gzip_text.h"
#include "support/recording_sink.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using test::error_of;
using test::gzip_text;
using test::RecordingSink;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> lines_of(const std::filesystem::path& path, RecordingSink& sink) {
  LineSource source(path, sink);
  std::vector<std::string> lines;
  std::string_view line;
  while (source.next(line)) lines.emplace_back(line);
  return lines;
}

std::vector<std::string> lines_of_text(std::string_view text) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "input", text);
  RecordingSink sink;
  auto lines = lines_of(folder / "input", sink);
  EXPECT_EQ(sink.bytes, text.size());
  EXPECT_EQ(sink.lines, lines.size());
  EXPECT_TRUE(sink.bad.empty());
  return lines;
}

TEST(LineSource, EndsOfLineAndMarks) {
  EXPECT_THAT(lines_of_text("a\nb\n"), ElementsAre("a", "b"));
  EXPECT_THAT(lines_of_text("a\r\nb"), ElementsAre("a", "b"));
  EXPECT_THAT(lines_of_text("\n\r\nx\n"), ElementsAre("", "", "x"));
  EXPECT_THAT(lines_of_text("\xef\xbb\xbf"
                            "a\nb"),
              ElementsAre("a", "b"));
  EXPECT_THAT(lines_of_text("a\rb\r"), ElementsAre("a", "b")) << "Excel for the Mac";
  EXPECT_THAT(lines_of_text("a\rb\nc"), ElementsAre("a\rb", "c"));
  EXPECT_THAT(lines_of_text(""), ElementsAre());
  EXPECT_THAT(lines_of_text("\n"), ElementsAre(""));
}

TEST(LineSource, TheFirstLineIsSeenWithoutBeingTaken) {
  const TemporaryFolder folder;
  RecordingSink sink;
  const auto first_of = [&](const std::string& text) {
    write_file_atomically(folder / "input", text);
    LineSource source(folder / "input", sink);
    const std::string first(source.first_line());
    std::string all;
    for (std::string_view line; source.next(line);) all.append(line).append("\n");
    EXPECT_EQ(all, text);
    return first;
  };
  EXPECT_EQ(first_of("a b\nc\n"), "a b");
  EXPECT_EQ(first_of("\n  \n {\"a\"}\n"), "{\"a\"}");
  EXPECT_EQ(first_of(""), "");
  EXPECT_EQ(first_of("\n\n"), "");
  EXPECT_EQ(first_of(std::string(3'000'000, 'x') + "\n").size(), std::size_t{1} << 18) << "one block";
}

TEST(LineSource, LinesAcrossBlocksAreWhole) {
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 3000; ++i) {
    expected.push_back(std::string(static_cast<std::size_t>(i * 7 % 900), static_cast<char>('a' + i % 26)));
    text += expected.back() + "\n";
  }
  expected.push_back(std::string(1'000'000, 'z'));  // longer than a block
  text += expected.back();
  EXPECT_EQ(lines_of_text(text), expected);
  EXPECT_GT(text.size(), std::size_t{1} << 20);
}

TEST(LineSource, ReadsGzipByItsBytesAndMembers) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "named.txt", gzip_text("a\nb") + gzip_text("c\nd\n") + std::string(512, '\0'));
  RecordingSink sink;
  EXPECT_THAT(lines_of(folder / "named.txt", sink), ElementsAre("a", "bc", "d"));
  EXPECT_EQ(sink.bytes, 7u);  // uncompressed
}

TEST(LineSource, DamagedGzipNamesTheFile) {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 100000; ++i) text += std::to_string(i * 2654435761u) + "\n";
  const std::string packed = gzip_text(text);
  RecordingSink sink;
  for (const std::size_t kept : {std::size_t{2}, std::size_t{9}, packed.size() / 2, packed.size() - 1}) {
    write_file_atomically(folder / "cut.gz", packed.substr(0, kept));
    const std::string said = error_of([&] { lines_of(folder / "cut.gz", sink); });
    EXPECT_THAT(said, HasSubstr("cut.gz"));
    EXPECT_THAT(said, HasSubstr("ends early"));
  }
  std::string damaged = packed;
  for (std::size_t i = damaged.size() / 2; i < damaged.size() / 2 + 20; ++i)
    damaged[i] = static_cast<char>(~damaged[i]);
  write_file_atomically(folder / "bad.gz", damaged);
  EXPECT_THAT(error_of([&] { lines_of(folder / "bad.gz", sink); }), HasSubstr("damaged"));
  write_file_atomically(folder / "tail.gz", packed + "garbage");
  EXPECT_THAT(error_of([&] { lines_of(folder / "tail.gz", sink); }), HasSubstr("damaged"));
}

TEST(LineSource, LongLinesAreReportedAndPassedOver) {
  const TemporaryFolder folder;
  const std::string endless(LineSource::kMaxLine + 3'000'000, 'x');
  write_file_atomically(folder / "input", "a\n" + endless + "\nb\n" + endless);
  RecordingSink sink;
  ASSERT_EQ(lines_of(folder / "input", sink).size(), 2u);
  ASSERT_EQ(sink.bad.size(), 2u);
  EXPECT_EQ(sink.bad[0].line, 2u);
  EXPECT_EQ(sink.bad[1].line, 4u);
  EXPECT_EQ(sink.bad[0].got, std::to_string(endless.size()) + " bytes");
  EXPECT_EQ(sink.lines, 4u);
  EXPECT_EQ(sink.bytes, 2 * endless.size() + 5);
}

TEST(LineSource, ALineOfManyBuffersIsPassedOver) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "input", std::string(3 * LineSource::kMaxLine, 'x') + "\nb\n");
  RecordingSink sink;
  ASSERT_EQ(lines_of(folder / "input", sink).size(), 1u);
  ASSERT_EQ(sink.bad.size(), 1u);
  EXPECT_EQ(sink.bad[0].got, std::to_string(3 * LineSource::kMaxLine) + " bytes");
}

TEST(LineSource, RefusesWhatIsNoTextFile) {
  const TemporaryFolder folder;
  RecordingSink sink;
  write_file_atomically(folder / "wide", std::string_view("\xff\xfe"
                                                          "a\0",
                                                          4));
  EXPECT_THAT(error_of([&] { lines_of(folder / "wide", sink); }), HasSubstr("UTF-16"));
  EXPECT_THAT(error_of([&] { lines_of(folder.path(), sink); }), HasSubstr("folder"));
  EXPECT_THAT(error_of([&] { lines_of(folder / "absent", sink); }), HasSubstr("no such file"));
}

}  // namespace
}  // namespace p5
