// Text for a terminal: lines that fit its width (base/text_width.h), numbers with their nouns. Thread-safe: free
// functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_width.h"

namespace p5 {

// Columns of the terminal that a stream (STDOUT_FILENO, STDERR_FILENO) goes to: $COLUMNS where it is a number from 20
// up, else what the terminal says, else 80.
std::size_t terminal_width(int stream);

// 22363 as "22,363".
std::string with_commas(std::uint64_t number);
// "1 step", "22,363 steps", "3 batches" (with its plural given).
std::string counted(std::uint64_t count, std::string_view noun, std::string_view plural = {});

// Lines of at most `width` columns, broken at blanks; a longer word has a line of its own.
std::vector<std::string> wrap_text(std::string_view text, std::size_t width);
// The same as one text, in which lines after the first begin with `indent` blanks, less than `width`. No line break at
// the end.
std::string in_lines(std::string_view text, std::size_t width, std::size_t indent = 0);
// `text` with its lines that are wider than `width` wrapped from the column `indent` on; all as they are where there is
// no room to wrap them.
std::string fitted_lines(std::string_view text, std::size_t indent, std::size_t width);
// `head`, padded to the column `indent`, and `text` wrapped from there on; a head that is too long has its own line.
// Ends with a line break.
std::string hanging_paragraph(std::string_view head, std::string_view text, std::size_t indent, std::size_t width);

}  // namespace p5
