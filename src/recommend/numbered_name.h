// Names of sources that differ by their seed: "encoder#2" is the second source of the row "encoder". Thread-safe: free
// functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace p5 {

struct NumberedName {
  std::string_view row;    // of the name that was split
  std::size_t number = 1;  // from 1
};

// Names of another form are the first source of the row with that name.
NumberedName split_number(std::string_view name);
// "encoder", or "encoder#2" from the second on.
std::string numbered(std::string_view row, std::size_t number);

}  // namespace p5
