// Text from files and requests, made safe to print on a terminal. A title may hold an escape sequence that changes the
// terminal, or a line end that forges another row. JSON needs none of this, since it escapes both. Thread-safe: free
// functions.
#pragma once

#include <string>
#include <string_view>

namespace p5 {

// The text in one line: line ends and tabs become blanks; other control characters (ESC, C0, DEL, C1), marks that
// change the direction of writing, and ill-formed UTF-8 become U+FFFD. Other text is not changed.
std::string terminal_text(std::string_view text);

// The same for text of several lines: "\n" is kept.
std::string terminal_lines(std::string_view text);

}  // namespace p5
