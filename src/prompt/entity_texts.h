// What is known about the user and the item of a question besides their ids. A plain value; views must live until the
// question is rendered. What is missing follows the rules of PromptRenderer.
#pragma once

#include <limits>
#include <string>
#include <string_view>

namespace p5 {

struct EntityTexts {
  std::string user_description = {};
  std::string_view item_title = {}, item_brand = {};
  std::string item_categories = {};
  double item_price = std::numeric_limits<double>::quiet_NaN();
  std::string_view item_description = {};         // instead of the mention of an item that is not named
  std::string user_stars = {}, item_stars = {};  // what the user gave and the item got so far: "5 4 5"
};

}  // namespace p5
