#include "base/digest.h"

#include <gtest/gtest.h>

#include <string>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

// Vectors of FIPS 180-4.
constexpr const char* kOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kOfMillionA = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256_hex(""), kOfNothing);
  EXPECT_EQ(sha256_hex("abc"), kOfAbc);
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')), kOfMillionA);
}

TEST(Sha256, PiecesGiveTheDigestOfTheWhole) {
  Sha256 digest;
  for (int i = 0; i < 1000; ++i) digest.update(std::string(1000, 'a'));
  EXPECT_EQ(digest.hex(), kOfMillionA);
}

TEST(Sha256, DigestsFiles) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "abc", "abc");
  write_file_atomically(folder / "empty", "");
  EXPECT_EQ(sha256_hex_of_file(folder / "abc"), kOfAbc);
  EXPECT_EQ(sha256_hex_of_file(folder / "empty"), kOfNothing);
  EXPECT_THROW(sha256_hex_of_file(folder / "absent"), Error);
}

TEST(Checksum64, IsXxh3) {
  EXPECT_EQ(checksum64({}), 0x2d06800538d394c2u);  // the published value of XXH3_64bits of nothing
  std::string text(1000, 'x');
  const std::uint64_t before = checksum64(std::as_bytes(std::span(text)));
  text[500] = 'y';
  EXPECT_NE(checksum64(std::as_bytes(std::span(text))), before);
}

TEST(Checksum64, OfAFileIsThatOfItsBytes) {
  const test::TemporaryFolder folder;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, (std::size_t{1} << 18) + 7}) {
    std::string bytes(size, 'x');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31);
    write_file_atomically(folder / "file", bytes);
    std::uint64_t got = 99;
    EXPECT_EQ(checksum64_of_file(folder / "file", got), checksum64(std::as_bytes(std::span(bytes))));
    EXPECT_EQ(got, size);
  }
  std::uint64_t size = 0;
  EXPECT_THROW(checksum64_of_file(folder / "nothing", size), Error);
}

}  // namespace
}  // namespace p5
