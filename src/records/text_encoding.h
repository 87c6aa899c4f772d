// UTF-8, Latin-1 and Windows-1252. Functions are thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace p5 {

enum class TextEncoding {
  kUtf8,
  kLatin1,
  kUtf8OrLatin1,  // a line that is not UTF-8 is read as Latin-1: the MovieLens sets mix both
  kCp1252,        // Windows-1252: Latin-1 with letters, quotes and the euro sign in 80 to 9F
  kUtf8OrCp1252,
};

// Appends `code_point` as UTF-8; surrogates and values above U+10FFFF become U+FFFD.
void append_utf8(std::string& text, char32_t code_point);
// Appends ISO 8859-1 bytes as UTF-8.
void append_latin1(std::string& text, std::string_view latin1);
// Appends Windows-1252 bytes as UTF-8; the five that mean nothing become U+FFFD.
void append_cp1252(std::string& text, std::string_view cp1252);

// What a file with this beginning is likely written in: Windows-1252 where lines are not UTF-8 and none has a letter of
// UTF-8 beyond ASCII.
TextEncoding likely_encoding(std::string_view head);

// Makes `line` valid UTF-8, through `scratch` when it has to be transcoded. False when it must be UTF-8 and is not.
bool decode_line(std::string_view& line, TextEncoding encoding, std::string& scratch);

// The first bytes of any text, as valid UTF-8 without control characters, for messages.
std::string printable(std::string_view bytes);

}  // namespace p5
