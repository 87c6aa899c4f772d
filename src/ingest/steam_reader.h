// Steam, as collected at UC San Diego (Kang and McAuley 2018; Pathak, Gupta and McAuley 2017): reviews and games, and
// the reviews and games of Australian users. Each line is a printed Python dict, which is rewritten as JSON, never
// evaluated. Immutable; thread-safe for reading into different sinks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/dataset_reader.h"

namespace p5 {

// Steam has no stars: a review is an event "review" with its text. A game that a user owns is an event "play" where it
// was played and "own" where it was not, without a time. Users of reviews are named by username, as SASRec has them.
// Days without a year ("Posted July 3.") are bad lines: their year is not known.
class SteamReader final : public DatasetReader {
 public:
  std::string format() const override { return "steam"; }
  bool recognizes(const std::vector<std::filesystem::path>& inputs) const override;
  void read(const std::vector<std::filesystem::path>& inputs, RecordSink& sink) const override;
};

// "Posted November 5, 2011." as midnight UTC; nothing for another text, also for a day without a year.
std::optional<std::int64_t> parse_posted_day(std::string_view text);

}  // namespace p5
