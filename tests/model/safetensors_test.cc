#include "model/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using test::TemporaryFolder;

// A file of header text and data, with a length that may be wrong.
std::string file_of(const std::string& header, const std::string& data, std::int64_t lie = 0) {
  const std::uint64_t length = header.size() + static_cast<std::uint64_t>(lie);
  std::string bytes(sizeof(length), '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes + header + data;
}

class SafetensorsTest : public testing::Test {
 protected:
  SafetensorsFile open(const std::string& bytes) {
    write_file_atomically(folder_ / "x.safetensors", bytes);
    return SafetensorsFile(folder_ / "x.safetensors");
  }

  // The message of the refusal, or "" when the file was taken.
  std::string refusal(const std::string& bytes) {
    try {
      open(bytes);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupted) << error.what();
      EXPECT_EQ(error.subject(), ErrorSubject::kModel);
      EXPECT_THAT(error.what(), testing::HasSubstr("x.safetensors"));
      return error.what();
    }
    return "";
  }

  TemporaryFolder folder_;
};

const std::string kTwo =
    R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[],"data_offsets":[8,9]}})";

TEST_F(SafetensorsTest, ReadsAWellFormedFile) {
  const float values[2] = {1.5f, -2.0f};
  std::string data(reinterpret_cast<const char*>(values), 8);
  data.push_back('\7');
  const SafetensorsFile file = open(file_of(kTwo + "   ", data));
  ASSERT_EQ(file.tensors().size(), 2u);
  std::array<float, 2> read{};
  copy_as_float(*file.find("a"), read);
  EXPECT_EQ(read[1], -2.0f);
  EXPECT_EQ(file.find("b")->element_count(), 1);
  EXPECT_EQ(file.find("c"), nullptr);
}

const std::string kScaled =
    R"({"w":{"dtype":"I8","shape":[2,3],"data_offsets":[8,14]},"w_scale":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}})";

// Large enough that whole pages are given back: what is read again comes from the file, and what is in memory stays.
TEST_F(SafetensorsTest, ReleasedTensorsCanBeReadAgain) {
  std::vector<float> values(20000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const std::filesystem::path path = folder_ / "large.safetensors";
  write_safetensors(path, {{"a", TensorType::kF32, {20000}, std::as_bytes(std::span(values))},
                           {"b", TensorType::kF32, {20000}, std::as_bytes(std::span(values))}});
  SafetensorsFile file(path);
  file.put("b", {20000}, values);
  file.also_call("b", "c");
  for (const char* name : {"a", "b", "c"}) {
    file.release(*file.find(name));
    std::vector<float> read(values.size());
    copy_as_float(*file.find(name), read);
    EXPECT_EQ(read, values) << name;
  }
}

TEST_F(SafetensorsTest, MultipliesRowsOfIntegersByTheirScales) {
  const float scales[2] = {0.5f, 2.0f};
  const SafetensorsFile file = open(file_of(
      kScaled + "  ", std::string(reinterpret_cast<const char*>(scales), 8) + std::string("\1\2\3\377\0\177", 6)));
  ASSERT_EQ(file.tensors().size(), 1u) << "scales are not listed";
  std::array<float, 6> read{};
  copy_as_float(*file.find("w"), read);
  EXPECT_EQ(read, (std::array<float, 6>{0.5f, 1.0f, 1.5f, -2.0f, 0.0f, 254.0f}));
}

TEST_F(SafetensorsTest, RefusesScalesThatDoNotFit) {
  const std::string one =
      R"({"w":{"dtype":"I8","shape":[2,3],"data_offsets":[4,10]},"w_scale":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}})";
  EXPECT_THAT(refusal(file_of(one, std::string(10, '\0'))), testing::HasSubstr("F32 [2, 1]"));
  const std::string flat =
      R"({"w":{"dtype":"I8","shape":[2,3],"data_offsets":[8,14]},"w_scale":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  EXPECT_THAT(refusal(file_of(flat, std::string(14, '\0'))), testing::HasSubstr("w_scale"));
}

// Of a tensor that is no matrix of integers, it is a tensor like any other.
TEST_F(SafetensorsTest, LeavesOtherScalesAlone) {
  const std::string floats =
      R"({"w":{"dtype":"F32","shape":[1,1],"data_offsets":[4,8]},"w_scale":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}})";
  EXPECT_EQ(open(file_of(floats, std::string(8, '\0'))).tensors().size(), 2u);
}

TEST_F(SafetensorsTest, TakesWhatTheFormatAllows) {
  EXPECT_EQ(refusal(file_of("{}", "")), "");
  EXPECT_EQ(refusal(file_of(R"({"__metadata__":{"format":"pt"}})", "")), "");
  // Zero-size tensors may be anywhere; entries need not be in the order of their data.
  EXPECT_EQ(refusal(file_of(R"({"a":{"dtype":"I64","shape":[0,5],"data_offsets":[0,0]},)"
                            R"("z":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                            R"("y":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},)"
                            R"("b":{"dtype":"F64","shape":[0],"data_offsets":[3,3]}})",
                            "abc")),
            "");
  EXPECT_EQ(open(file_of(R"({"__metadata__":{"format":"pt"}})", "")).metadata().at("format"), "pt");
}

TEST_F(SafetensorsTest, RefusesEveryMalformedFrame) {
  EXPECT_NE(refusal(""), "");
  EXPECT_NE(refusal("1234567"), "");
  EXPECT_NE(refusal(file_of("", "")), "");                 // no header at all
  EXPECT_NE(refusal(file_of("{}", "", 1)), "");            // header beyond the file
  EXPECT_NE(refusal(file_of("{}", "", 100'000'000)), "");  // over the limit
  EXPECT_NE(refusal(file_of("{}", "", -10)), "");          // a length near 2^64
  EXPECT_NE(refusal(file_of(" {}", "")), "");              // must begin with a brace
  EXPECT_NE(refusal(file_of("[]", "")), "");
  EXPECT_NE(refusal(file_of("{", "")), "");
  EXPECT_NE(refusal(file_of("{}x", "")), "");
  EXPECT_NE(refusal(file_of("{\"\xff\":{}}", "")), "");  // not UTF-8
  EXPECT_NE(refusal(file_of("{} ", "abc")), "");         // bytes left over
  EXPECT_NE(refusal(file_of(std::string(50000, '{'), "")), "");
  EXPECT_THAT(refusal(file_of("{\"a\":" + std::string(50000, '[') + "}", "")), testing::HasSubstr("deep"));
}

TEST_F(SafetensorsTest, AHeaderAboveTheLimitIsRefusedThoughTheFileHoldsIt) {
  std::string header = "{}";
  header.append(100'000'001 - header.size(), ' ');
  EXPECT_THAT(refusal(file_of(header, "")), testing::HasSubstr("100000000"));
}

TEST_F(SafetensorsTest, RefusesEveryMalformedEntry) {
  const auto entry = [&](const std::string& fields, const std::string& data = "abcd") {
    return refusal(file_of("{\"t\":" + fields + "}", data));
  };
  EXPECT_EQ(entry(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})"), "");
  const std::vector<std::string> bad = {
      "3",
      "null",
      "[1]",
      R"({"dtype":"F32","shape":[1]})",
      R"({"shape":[1],"data_offsets":[0,4]})",
      R"({"dtype":"F32","data_offsets":[0,4]})",
      R"({"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1})",
      R"({"dtype":"F33","shape":[1],"data_offsets":[0,4]})",
      R"({"dtype":32,"shape":[1],"data_offsets":[0,4]})",
      R"({"dtype":"F32","shape":1,"data_offsets":[0,4]})",
      R"({"dtype":"F32","shape":["1"],"data_offsets":[0,4]})",
      R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})",
      R"({"dtype":"F32","shape":[1.0],"data_offsets":[0,4]})",
      R"({"dtype":"F32","shape":[[1]],"data_offsets":[0,4]})",
      R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})",                        // too few bytes
      R"({"dtype":"F64","shape":[1],"data_offsets":[0,4]})",                        // too wide a type
      R"({"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]})",    // 2^66 bytes
      R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]})",    // wraps to 0
      R"({"dtype":"F32","shape":[18446744073709551615,0],"data_offsets":[0,0]})",   // no such extent
      R"({"dtype":"F32","shape":[99999999999999999999999],"data_offsets":[0,4]})",  // no integer
      R"({"dtype":"F32","shape":[1],"data_offsets":[0]})",
      R"({"dtype":"F32","shape":[1],"data_offsets":[0,4,8]})",
      R"({"dtype":"F32","shape":[1],"data_offsets":"0"})",
      R"({"dtype":"F32","shape":[1],"data_offsets":[-4,0]})",
      R"({"dtype":"F32","shape":[1],"data_offsets":[4,0]})",  // backwards
      R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})",  // beyond the data
      R"({"dtype":"F32","shape":[1],"data_offsets":[18446744073709551612,18446744073709551615]})",
      R"({"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]})",  // a key twice
  };
  for (const std::string& fields : bad) EXPECT_NE(entry(fields), "") << fields;
  std::string many = "[1";
  for (int i = 0; i < 5000; ++i) many += ",1";
  EXPECT_NE(entry(R"({"dtype":"F32","shape":)" + many + R"(],"data_offsets":[0,4]})"), "");
}

TEST_F(SafetensorsTest, RefusesHolesOverlapsAndRepeatedNames) {
  const auto pair = [&](const std::string& a, const std::string& b, const std::string& data) {
    return refusal(file_of(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + a +
                               R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + b + "}}",
                           data));
  };
  EXPECT_EQ(pair("[0,2]", "[2,4]", "abcd"), "");
  EXPECT_THAT(pair("[0,2]", "[3,5]", "abcde"), testing::HasSubstr("hole"));
  EXPECT_THAT(pair("[1,3]", "[3,5]", "abcde"), testing::HasSubstr("hole"));
  EXPECT_THAT(pair("[0,2]", "[1,3]", "abc"), testing::HasSubstr("overlap"));
  EXPECT_THAT(pair("[0,2]", "[0,2]", "ab"), testing::HasSubstr("overlap"));
  EXPECT_NE(pair("[0,2]", "[2,4]", "abcde"), "");
  EXPECT_NE(pair("[0,2]", "[2,4]", "abc"), "");  // cut short
  const std::string one = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  EXPECT_THAT(refusal(file_of("{" + one + "," + one + "}", "a")), testing::HasSubstr("twice"));
}

TEST_F(SafetensorsTest, RefusesBadMetadata) {
  EXPECT_NE(refusal(file_of(R"({"__metadata__":"pt"})", "")), "");
  EXPECT_NE(refusal(file_of(R"({"__metadata__":{"format":1}})", "")), "");
  EXPECT_NE(refusal(file_of(R"({"__metadata__":{"format":{"a":"b"}}})", "")), "");
  EXPECT_NE(refusal(file_of(R"({"__metadata__":{"a":"1","a":"2"}})", "")), "");
}

TEST_F(SafetensorsTest, EveryCutOfAFileIsRefused) {
  const std::string whole = file_of(kTwo, "123456789");
  EXPECT_EQ(refusal(whole), "");
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(refusal(whole.substr(0, length)), "") << length;
}

TEST_F(SafetensorsTest, WriterSortsPadsAndIsReadBack) {
  const std::vector<std::int64_t> wide = {1, -2, std::numeric_limits<std::int64_t>::min()};
  const std::vector<float> floats = {1.0f, std::nanf(""), -0.0f};
  const std::vector<std::uint8_t> bytes = {0, 1, 255};
  const auto view = [](const auto& values) { return std::as_bytes(std::span(values)); };
  write_safetensors(folder_ / "w.safetensors", {{"c", TensorType::kU8, {3}, view(bytes)},
                                                {"b", TensorType::kF32, {3, 1}, view(floats)},
                                                {"z", TensorType::kI64, {3}, view(wide)},
                                                {"a", TensorType::kF32, {3}, view(floats)}});
  const std::string raw = read_file(folder_ / "w.safetensors");
  std::uint64_t length = 0;
  std::memcpy(&length, raw.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  const std::string header = raw.substr(8, length);
  EXPECT_LT(header.find("\"z\""), header.find("\"a\""));
  EXPECT_LT(header.find("\"a\""), header.find("\"b\""));
  EXPECT_LT(header.find("\"b\""), header.find("\"c\""));

  const SafetensorsFile file(folder_ / "w.safetensors");
  EXPECT_EQ(file.metadata().at("format"), "pt");
  EXPECT_EQ(file.find("b")->shape, (std::vector<std::int64_t>{3, 1}));
  EXPECT_EQ(0, std::memcmp(file.find("b")->bytes.data(), floats.data(), 12));
  EXPECT_EQ(0, std::memcmp(file.find("z")->bytes.data(), wide.data(), 24));
}

template <typename T>
std::vector<float> floats_of(TensorType type, const std::vector<T>& values) {
  const TensorRecord record{"t", type, {static_cast<std::int64_t>(values.size())}, std::as_bytes(std::span(values))};
  std::vector<float> out(values.size());
  copy_as_float(record, out);
  return out;
}

TEST(CopyAsFloat, ConvertsEveryType) {
  using testing::ElementsAre;
  EXPECT_THAT(floats_of<double>(TensorType::kF64, {0.5, -3.0}), ElementsAre(0.5f, -3.0f));
  EXPECT_THAT(floats_of<std::int64_t>(TensorType::kI64, {-7, 1 << 20}), ElementsAre(-7.0f, 1048576.0f));
  EXPECT_THAT(floats_of<std::uint64_t>(TensorType::kU64, {9}), ElementsAre(9.0f));
  EXPECT_THAT(floats_of<std::int32_t>(TensorType::kI32, {-9}), ElementsAre(-9.0f));
  EXPECT_THAT(floats_of<std::uint32_t>(TensorType::kU32, {4000000000U}), ElementsAre(4e9f));
  EXPECT_THAT(floats_of<std::int16_t>(TensorType::kI16, {-300}), ElementsAre(-300.0f));
  EXPECT_THAT(floats_of<std::uint16_t>(TensorType::kU16, {65535}), ElementsAre(65535.0f));
  EXPECT_THAT(floats_of<std::int8_t>(TensorType::kI8, {-128}), ElementsAre(-128.0f));
  EXPECT_THAT(floats_of<std::uint8_t>(TensorType::kU8, {200}), ElementsAre(200.0f));
  EXPECT_THAT(floats_of<std::uint8_t>(TensorType::kBool, {0, 1}), ElementsAre(0.0f, 1.0f));
  EXPECT_THAT(floats_of<std::uint16_t>(TensorType::kBf16, {0x3f80, 0xc000, 0x7f80}),
              ElementsAre(1.0f, -2.0f, std::numeric_limits<float>::infinity()));
}

TEST(CopyAsFloat, HalfPrecisionFollowsIeee754) {
  const auto values = floats_of<std::uint16_t>(TensorType::kF16, {0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x83ff,
                                                                  0x0000, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0x3555});
  EXPECT_EQ(values[0], 1.0f);
  EXPECT_EQ(values[1], -2.0f);
  EXPECT_EQ(values[2], 65504.0f);
  EXPECT_EQ(values[3], std::ldexp(1.0f, -14));
  EXPECT_EQ(values[4], std::ldexp(1.0f, -24));
  EXPECT_EQ(values[5], -std::ldexp(1023.0f, -24));
  EXPECT_FALSE(std::signbit(values[6]));
  EXPECT_EQ(values[7], 0.0f);
  EXPECT_TRUE(std::signbit(values[7]));
  EXPECT_EQ(values[8], std::numeric_limits<float>::infinity());
  EXPECT_EQ(values[9], -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(values[10]));
  EXPECT_FLOAT_EQ(values[11], 0.33325195f);
}

}  // namespace
}  // namespace p5
