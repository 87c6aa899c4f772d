// A table in fixed width for people: the first column to the left, the others to the right. Not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace p5 {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

  // REQUIRES as many cells as the header has.
  void add_row(std::vector<std::string> cells);
  static constexpr std::size_t kWidth = 100;

  // A line for the header, a rule, and one for each row; every line ends in a newline, without trailing blanks. Columns
  // that do not fit into `width` letters follow in further blocks, each with the first column again.
  std::string to_text(std::size_t width = kWidth) const;

 private:
  std::vector<std::size_t> widths() const;

  std::vector<std::vector<std::string>> rows_;  // the header first
};

}  // namespace p5
