#include "bench/review_lines.h"

#include <fmt/format.h>

namespace p5 {

void ReviewLines::append_to(std::string& text) {
  text += fmt::format(
      R"({{"reviewerID": "A{:013}", "asin": "B{:09}", "reviewerName": "Name {}", "helpful": [0, {}], "reviewText": ")",
      rng_.below(100000), rng_.below(20000), rng_.below(100000), rng_.below(9));
  for (std::uint64_t words = 20 + rng_.below(120); words > 0; --words) {
    for (std::uint64_t letters = 1 + rng_.below(9); letters > 0; --letters) {
      text.push_back(static_cast<char>('a' + rng_.below(26)));
    }
    text += rng_.below(40) == 0 ? "\\n\\\"" : rng_.below(80) == 0 ? "&amp;" : " ";
  }
  text += fmt::format(
      R"(", "overall": {}.0, "summary": "a word or {}", "unixReviewTime": {}, "reviewTime": "02 28, 2014"}})",
      1 + rng_.below(5), count_++, 1000000000 + rng_.below(400000000));
  text.push_back('\n');
}

std::string rating_rows(std::int64_t rows) {
  Rng rng(2022, "import benchmark ratings");
  std::string text;
  for (std::int64_t row = 0; row < rows; ++row) {
    text += fmt::format("{}\t{}\t{}\t{}\n", 1 + rng.below(138493), 1 + rng.below(27278), 1 + rng.below(5),
                        800000000 + rng.below(600000000));
  }
  return text;
}

}  // namespace p5
