// A table in fixed width for people: the first column to the left, the others to the right. Not thread-safe.
#pragma once

#include <string>
#include <vector>

namespace p5 {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

  // REQUIRES as many cells as the header has.
  void add_row(std::vector<std::string> cells);
  // A line for the header, a rule, and one for each row; every line ends in a newline, without trailing blanks.
  std::string to_text() const;

 private:
  std::vector<std::vector<std::string>> rows_;  // the header first
};

// 22363 as "22,363".
std::string with_commas(std::size_t number);

}  // namespace p5
