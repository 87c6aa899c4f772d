#include "records/text_encoding.h"
#include "base/utf8.h"

#include <gmock/gmock.h>

#include "records/html_text.h"

namespace p5 {
namespace {

using testing::EndsWith;

TEST(TextEncoding, DecodesByTheEncodingAsked) {
  std::string scratch;
  std::string_view line = "caf\xe9";
  EXPECT_FALSE(decode_line(line, TextEncoding::kUtf8, scratch));
  EXPECT_TRUE(decode_line(line, TextEncoding::kUtf8OrLatin1, scratch));
  EXPECT_EQ(line, "café");
  line = "café";
  EXPECT_TRUE(decode_line(line, TextEncoding::kUtf8OrLatin1, scratch));
  EXPECT_EQ(line, "café");
  EXPECT_TRUE(decode_line(line, TextEncoding::kLatin1, scratch));
  EXPECT_EQ(line, "cafÃ©");
}

TEST(TextEncoding, CodePointsOfEveryLength) {
  std::string text;
  for (const char32_t point : {U'a', U'é', U'€', U'😀', char32_t{0xD800}, char32_t{0x110000}}) append_utf8(text, point);
  EXPECT_EQ(text, "aé€😀\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(TextEncoding, PrintableIsShortAndValid) {
  EXPECT_EQ(printable("a\tb\xff"), "a?b?");
  const std::string cut = printable(std::string(79, 'a') + "éééé");
  EXPECT_TRUE(is_utf8(cut));
  EXPECT_THAT(cut, EndsWith("a..."));
}

std::string unescaped(std::string text) {
  unescape_html(text);
  return text;
}
std::string stripped(std::string text) {
  strip_html(text);
  return text;
}

TEST(HtmlText, References) {
  EXPECT_EQ(unescaped("Tom &amp; Jerry&#39;s &#34;x&#x22; &quot;"), "Tom & Jerry's \"x\" \"");
  EXPECT_EQ(unescaped("&eacute;&#8364;&#146;&trade;"), "é€’™");
  EXPECT_EQ(unescaped("AT&T; & &nothing; &#; &#xZZ; &#99999999999;"), "AT&T; & &nothing; &#; &#xZZ; &#99999999999;");
  EXPECT_EQ(unescaped("&amp;lt;"), "&lt;");  // only once
  EXPECT_EQ(unescaped("&#0;&#xD800;&#x110000;"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(HtmlText, Tags) {
  EXPECT_EQ(unescaped("a<br />b<BR>c <3 <b>"), "a b c <3 <b>");
  EXPECT_EQ(stripped(" <b>Bold</b>\n\n  title &lt;b&gt; </span></span></span>"), "Bold title <b>");
  EXPECT_EQ(stripped("1 < 2 and 3 > 2"), "1 < 2 and 3 > 2");
  EXPECT_EQ(stripped("cut <a href="), "cut <a href=");
  EXPECT_EQ(stripped("<!-- note -->x"), "x");
  EXPECT_EQ(stripped("&"), "&");
}

}  // namespace
}  // namespace p5
