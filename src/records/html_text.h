// Turns HTML texts of shops into plain text. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace p5 {

// Replaces character references (&amp; &#34; &#x27; &eacute; ...) in place; unknown ones stay. Line-break tags become
// a blank. For review texts, where the writer may have meant "<" literally.
void unescape_html(std::string& text);

// As unescape_html; also, every tag becomes a blank, runs of blanks become one, and the ends are trimmed. For titles,
// brands, categories and descriptions.
void strip_html(std::string& text);

}  // namespace p5
