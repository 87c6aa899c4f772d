#include "evaluate/text_table.h"

#include <algorithm>
#include <cassert>
#include <sstream>
#include <utility>

namespace p5 {
namespace {

// Letters, not bytes: names of runs may hold any UTF-8. Wide letters are counted as one.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

void TextTable::add_row(std::vector<std::string> cells) {
  assert(cells.size() == rows_.front().size());
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> TextTable::widths() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], width_of(row[column]));
    }
  }
  return widths;
}

std::string TextTable::to_text(std::size_t width) const {
  constexpr std::size_t kGap = 2;
  const std::vector<std::size_t> widths = this->widths();
  std::string text;
  std::size_t first = 1;
  do {  // a block, with as many columns as fit and at least one
    std::size_t end = first, total = widths[0];
    while (end < widths.size() && (end == first || total + kGap + widths[end] <= width)) total += kGap + widths[end++];
    if (!text.empty()) text += "\n";
    for (const auto& row : rows_) {
      std::string line = row[0] + std::string(widths[0] - width_of(row[0]), ' ');
      for (std::size_t column = first; column < end; ++column) {
        line += std::string(kGap + widths[column] - width_of(row[column]), ' ') + row[column];
      }
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
      if (&row == &rows_.front()) text += std::string(total, '-') + "\n";
    }
    first = end;
  } while (first < widths.size());
  return text;
}

}  // namespace p5
