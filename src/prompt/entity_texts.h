// What is known about the user and the item of a question, except their ids. A plain value. Views must live until the
// question is rendered. Missing values follow the rules of PromptRenderer.
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
  std::string_view item_description = {};        // replaces the mention of an anonymous item
  std::string user_stars = {}, item_stars = {};  // what the user gave and the item got so far: "5 4 5"
  std::string expected_stars = {};               // that the user may give the item: "4.3"
};

}  // namespace p5
