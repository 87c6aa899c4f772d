#include "train/tensorboard_writer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"
#include "train/crc32c.h"

namespace p5 {
namespace {

std::string little_endian(std::uint64_t value) { return {reinterpret_cast<const char*>(&value), 8}; }

std::uint32_t word_at(const std::string& bytes, std::size_t place) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + place, 4);
  return value;
}

// Payloads of an event file; fails on a wrong checksum.
std::vector<std::string> read_records(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  std::vector<std::string> records;
  for (std::size_t place = 0; place < bytes.size();) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data() + place, 8);
    EXPECT_EQ(word_at(bytes, place + 8), masked_crc32c(bytes.substr(place, 8)));
    records.push_back(bytes.substr(place + 12, length));
    EXPECT_EQ(word_at(bytes, place + 12 + length), masked_crc32c(records.back()));
    place += 16 + length;
  }
  return records;
}

TEST(Crc32c, KnownVectors) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(masked_crc32c("123456789"), 0xC78AB0E5u);
  EXPECT_EQ(masked_crc32c(little_endian(24)), 0x224B7FA3u);
  EXPECT_EQ(masked_crc32c(little_endian(0)), 0x07980329u);
}

TEST(TensorBoardWriter, WritesVersionThenScalars) {
  const test::TemporaryFolder folder;
  TensorBoardWriter writer(folder / "board");
  writer.scalar("loss", 2.5, 300);
  writer.flush();
  EXPECT_TRUE(writer.path().filename().string().starts_with("events.out.tfevents."));

  const std::vector<std::string> records = read_records(writer.path());
  ASSERT_EQ(records.size(), 2u);
  // wall_time (field 1, double), step 0 (field 2), file_version (field 3).
  EXPECT_EQ(records[0][0], '\x09');
  EXPECT_EQ(records[0].substr(9), std::string("\x10\x00\x1a\x0d", 4) + "brain.Event:2");
  // step 300, summary (field 5) of one value (field 1) with tag (field 1) and simple_value (field 2, float 2.5).
  EXPECT_EQ(records[1].substr(9), std::string("\x10\xac\x02\x2a\x0d\x0a\x0b\x0a\x04loss\x15\x00\x00\x20\x40", 18));
}

// What follows the wall time and the step of an event: a summary of one value.
std::string value_of(const std::string& record) {
  EXPECT_EQ(record.substr(9, 2), std::string("\x10\x05", 2)) << "step 5";
  EXPECT_EQ(record[11], '\x2a');
  return record.substr(record.find('\x0a', 12));
}

TEST(TensorBoardWriter, Texts) {
  const test::TemporaryFolder folder;
  TensorBoardWriter writer(folder / "board");
  writer.text("examples/rating", "**hi**", 5);
  writer.flush();
  const std::string value = value_of(read_records(writer.path()).at(1));
  // The plugin is named in the metadata (field 9), the text is a tensor (field 8) of strings (dtype 7) of shape [1].
  EXPECT_NE(value.find(std::string("\x4a\x08\x0a\x06\x0a\x04text", 10)), std::string::npos);
  EXPECT_NE(value.find(std::string("\x42\x10\x08\x07\x12\x04\x12\x02\x08\x01\x42\x06**hi**", 18)), std::string::npos);
}

TEST(TensorBoardWriter, Histograms) {
  const test::TemporaryFolder folder;
  TensorBoardWriter writer(folder / "board");
  const std::vector<float> values = {0, 1, 1};
  writer.histogram("weights/a", histogram_of(values, 2), 5);
  writer.histogram("weights/none", histogram_of({}, 2), 5);
  writer.flush();
  const auto records = read_records(writer.path());
  ASSERT_EQ(records.size(), 2u) << "nothing is written of no values";
  const std::string value = value_of(records[1]);
  const auto number = [](double real) { return std::string(reinterpret_cast<const char*>(&real), 8); };
  const std::string expected = "\x09" + number(0) + "\x11" + number(1) + "\x19" + number(3) + "\x21" + number(2) +
                               "\x29" + number(2) + std::string("\x32\x10", 2) + number(0.5) + number(1) +
                               std::string("\x3a\x10", 2) + number(1) + number(2);
  EXPECT_NE(value.find(expected), std::string::npos);
}

TEST(TensorBoardWriter, SettingsOfASession) {
  const test::TemporaryFolder folder;
  TensorBoardWriter writer(folder / "board");
  writer.begin_session({{"train.lr", 0.5}, {"on", true}, {"index.scheme", std::string("title")}});
  writer.end_session(true);
  writer.flush();
  const auto records = read_records(writer.path());
  ASSERT_EQ(records.size(), 3u);
  EXPECT_NE(records[1].find("_hparams_/session_start_info"), std::string::npos);
  EXPECT_NE(records[1].find("hparams"), std::string::npos);
  // Entries of a map: key (field 1), and a value (field 2) that is a number, a boolean or a text.
  EXPECT_NE(records[1].find(std::string("\x0a\x08train.lr\x12\x09\x11\x00\x00\x00\x00\x00\x00\xe0\x3f", 21)),
            std::string::npos);
  EXPECT_NE(records[1].find(std::string("\x0a\x02on\x12\x02\x20\x01", 8)), std::string::npos);
  EXPECT_NE(records[1].find(std::string("\x0a\x0cindex.scheme\x12\x07\x1a\x05title", 23)), std::string::npos);
  EXPECT_NE(records[2].find("_hparams_/session_end_info"), std::string::npos);
}

TEST(TensorBoardWriter, AResumedRunHidesWhatItRepeats) {
  const test::TemporaryFolder folder;
  TensorBoardWriter first(folder.path()), second(folder.path(), 7);
  EXPECT_NE(first.path(), second.path());
  const std::vector<std::string> records = read_records(second.path());
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1].substr(9), std::string("\x10\x07\x3a\x02\x08\x01", 6));
}

TEST(TensorBoardWriter, ABadFolderIsASystemError) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "file", "x");
  EXPECT_THROW(TensorBoardWriter(folder / "file"), Error);
}

}  // namespace
}  // namespace p5
