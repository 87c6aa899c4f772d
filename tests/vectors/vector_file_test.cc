#include "vectors/vector_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "model/safetensors.h"
#include "p5/error.h"
#include "support/fake_corpus.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// As numpy.save writes it, version 1.
std::string npy(const std::string& header, const std::string& numbers) {
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() % 256);
  bytes += static_cast<char>(header.size() / 256);
  return bytes + header + numbers;
}

template <typename Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  std::string bytes(numbers.size() * sizeof(Number), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

constexpr const char* kHeader = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }          \n";

class VectorFile : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  VectorTable read(const std::filesystem::path& file, const std::filesystem::path& keys = {}) {
    return read_vector_file(file, keys, corpus_.catalog(), corpus_.items_with_events());
  }
  std::string error_of(const std::filesystem::path& file, const std::filesystem::path& keys = {}) {
    try {
      read(file, keys);
    } catch (const Error& error) {
      return fmt::format("{} ({})", error.what(), exit_code_of(error));
    }
    return "accepted";
  }

  test::TemporaryFolder folder_;
  const test::FakeCorpus corpus_{
      test::FakeData{.histories = {{0, 1}}, .items = 3, .items_without_events = 1, .item_keys = {"a", "b", "c"}}};
};

TEST_F(VectorFile, ReadsFloatsAndDoublesInTheOrderOfItems) {
  EXPECT_THAT(read(write("f.npy", npy(kHeader, bytes_of<float>({1, 2, 3, 4, 5, 6})))).values, ElementsAre(1, 2, 3, 4));
  const std::string header = "{'shape': (2, 1), 'fortran_order': False, 'descr': '<f8'}";
  EXPECT_THAT(read(write("d.npy", npy(header, bytes_of<double>({1.5, 2.5})))).values, ElementsAre(1.5f, 2.5f))
      << "rows of items with events alone will do";
}

TEST_F(VectorFile, ReadsRowsByKey) {
  const auto file = write("f.npy", npy(kHeader, bytes_of<float>({1, 2, 3, 4, 5, 6})));
  EXPECT_THAT(read(file, write("keys", "c\r\nb\na")).values, ElementsAre(5, 6, 3, 4));
  EXPECT_THAT(error_of(file, write("keys", "c\nb\nx\n")),
              HasSubstr("keys, line 3: vectors of an item that the corpus does not have: expected each item of the "
                        "corpus once, got 'x' (3)"));
  EXPECT_THAT(error_of(file, write("keys", "c\nb\nb\n")), HasSubstr("line 3: a key that was there before"));
  EXPECT_THAT(error_of(file, write("keys", "c\nb\n")), HasSubstr("expected 2 rows"));
  const std::string one = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}";
  EXPECT_THAT(error_of(write("g.npy", npy(one, bytes_of<float>({1, 2}))), write("keys", "a\n")),
              HasSubstr("an item without a vector: expected a line for each item with events, got none for 'b' (3)"));
}

TEST_F(VectorFile, ReadsSafetensors) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const auto file = folder_ / "v.safetensors";
  write_safetensors(file, {{.name = "v", .shape = {3, 2}, .bytes = std::as_bytes(std::span(values))}});
  EXPECT_THAT(read(file).values, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(error_of(write("w.safetensors", "rubbish")), HasSubstr("(3)"));
}

TEST_F(VectorFile, RefusesBadFilesNamingFileAndRow) {
  const auto with = [&](const std::string& header, const std::string& numbers) {
    return error_of(write("bad.npy", npy(header, numbers)));
  };
  const std::string six = bytes_of<float>({1, 2, 3, 4, 5, 6});
  EXPECT_THAT(with("{'descr': '<i4', 'fortran_order': False, 'shape': (3, 2)}", six),
              HasSubstr("bad.npy: numbers of another type: expected float32 or float64"));
  EXPECT_THAT(with("{'descr': '>f4', 'fortran_order': False, 'shape': (3, 2)}", six), HasSubstr("got '>f4' (3)"));
  EXPECT_THAT(with("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2)}", six),
              HasSubstr("numbers in another order"));
  EXPECT_THAT(with("{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}", six), HasSubstr("another shape"));
  EXPECT_THAT(with("{'descr': '<f4', 'fortran_order': False, 'shape': (-3, 2)}", six), HasSubstr("another shape"));
  EXPECT_THAT(with("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2)}", six),
              HasSubstr("expected 32 bytes of numbers, got 24"));
  EXPECT_THAT(with("{'descr': '<f4', 'fortran_order': False, 'shape': (6, 1)}", six),
              HasSubstr("expected 3 rows, one per item of the corpus"));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(with(kHeader, bytes_of<float>({1, 2, 3, nan, 5, 6})), HasSubstr("bad.npy, row 2, column 2: a number"));
  EXPECT_THAT(with("{'descr'", six), HasSubstr("not a dict"));
  EXPECT_THAT(error_of(write("bad.npy", "PK\x03\x04 and more")), HasSubstr("not a .npy file"));
  EXPECT_THAT(error_of(write("bad.npy", npy(kHeader, six).substr(0, 40))), HasSubstr("beyond the file"));
  EXPECT_THAT(error_of(folder_ / "missing.npy"), HasSubstr("missing.npy"));
}

}  // namespace
}  // namespace p5
