#include "recommend/numbered_name.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

namespace p5 {

NumberedName split_number(std::string_view name) {
  const std::size_t mark = name.rfind('#');
  NumberedName split{name};
  if (mark == std::string_view::npos) return split;
  const std::string_view digits = name.substr(mark + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), split.number);
  const bool whole = error == std::errc() && end == digits.data() + digits.size() && split.number > 1;
  return whole ? NumberedName{name.substr(0, mark), split.number} : NumberedName{name};
}

std::string numbered(std::string_view row, std::size_t number) {
  return number == 1 ? std::string(row) : fmt::format("{}#{}", row, number);
}

}  // namespace p5
