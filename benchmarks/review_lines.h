// Seeded JSON lines as Amazon's reviews of 2014 have them, and a sink that keeps nothing of what is read.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/rng.h"
#include "ingest/record_sink.h"

namespace p5::bench {

// Words of one to ten letters, about as long as the reviews of Musical Instruments (500 bytes).
class ReviewLines {
 public:
  void append_to(std::string& text) {
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
  std::uint64_t count() const { return count_; }

 private:
  Rng rng_{2022, "import benchmark reviews"};
  std::uint64_t count_ = 0;
};

struct CountingSink final : RecordSink {
  void interaction(Interaction& record) override { interactions += record.user.size() > 0; }
  void item(ItemRecord&) override { ++items; }
  void user(UserRecord&) override { ++users; }
  void bad_line(std::string_view, std::uint64_t, std::string_view, std::string_view) override { ++bad; }
  void progress(std::uint64_t, std::uint64_t) override {}
  std::uint64_t interactions = 0, items = 0, users = 0, bad = 0;
};

}  // namespace p5::bench
