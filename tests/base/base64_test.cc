#include "base/base64.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace p5 {
namespace {

TEST(Base64, DecodesTheVectorsOfTheStandard) {
  for (const auto& [text, bytes] : {std::pair{"", ""},
                                    {"Zg==", "f"},
                                    {"Zm8=", "fo"},
                                    {"Zm9v", "foo"},
                                    {"Zm9vYg==", "foob"},
                                    {"Zm9vYmE=", "fooba"},
                                    {"Zm9vYmFy", "foobar"},
                                    {"Zm8", "fo"},
                                    {"/+8=", "\xff\xef"}}) {
    EXPECT_EQ(decode_base64(text), bytes) << text;
  }
}

TEST(Base64, EncodesWhatDecodesToTheSame) {
  std::string bytes;
  for (int letter = 0; letter < 256; ++letter) {
    EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
    bytes += static_cast<char>(letter);
  }
  EXPECT_EQ(encode_base64("foob"), "Zm9vYg==");
  EXPECT_EQ(encode_base64("\xff\xef"), "/+8=");
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"Z", "Zg=", "Zg===", "Zm9v=", "Z g=", "Zm-v", "Zm\nv", "=", "====", "Zg==Zg=="}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace p5
