// Text that shops keep as HTML, as plain text. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace p5 {

// Replaces character references (&amp; &#34; &#x27; &eacute; ...) in place; unknown ones stay. Line-break tags become
// a blank. For review texts, where "<" may be a person's own.
void unescape_html(std::string& text);

// unescape_html, and every tag becomes a blank, runs of blanks one blank, and the ends are trimmed. For titles, brands,
// categories and descriptions.
void strip_html(std::string& text);

}  // namespace p5
