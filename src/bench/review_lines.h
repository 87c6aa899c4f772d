// Seeded JSON lines in the form of Amazon's reviews of 2014, rows in that of MovieLens's ratings, and a sink that
// discards what is read. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/rng.h"
#include "records/record_sink.h"

namespace p5 {

// Words of one to ten letters, about as long in total as the reviews of Musical Instruments (500 bytes).
class ReviewLines {
 public:
  void append_to(std::string& text);
  std::uint64_t count() const { return count_; }

 private:
  Rng rng_{2022, "import benchmark reviews"};
  std::uint64_t count_ = 0;
};

// `rows` tab-separated lines of user, item, rating and time.
std::string rating_rows(std::int64_t rows);

struct CountingSink final : RecordSink {
  void interaction(Interaction& record) override { interactions += record.user.size() > 0; }
  void item(ItemRecord&) override { ++items; }
  void user(UserRecord&) override { ++users; }
  void bad_line(std::string_view, std::uint64_t, std::string_view, std::string_view) override { ++bad; }
  void progress(std::uint64_t, std::uint64_t) override {}
  std::uint64_t interactions = 0, items = 0, users = 0, bad = 0;
};

}  // namespace p5
