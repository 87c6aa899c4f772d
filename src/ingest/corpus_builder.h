// Cleans what readers deliver and writes it as a corpus: duplicates, missing fields, k-core, time ties, dense ids,
// columns. Text is spooled to disk, so memory holds a few tens of bytes per interaction. A temporary folder left by a
// killed import to the same target is removed. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/option_table.h"
#include "ingest/ingest_report.h"
#include "p5/key_kind.h"
#include "p5/stop_token.h"
#include "records/record_sink.h"

namespace p5 {

struct CleaningOptions {
  std::int64_t user_core = 0;  // drop users with fewer interactions, repeated with item_core until stable; 0 = off
  std::int64_t item_core = 0;
  // Repeats to drop: kExact those of user, item, event type and known time; kPair those of user and item (the last
  // stays).
  enum class Duplicates { kKeep, kExact, kPair };
  Duplicates duplicates = Duplicates::kExact;
  std::string min_rating = "none";        // drop interactions rated below this number
  std::vector<std::string> events = {};   // keep interactions of these types only; empty: all
  std::vector<std::string> weights = {};  // how much an event of a type counts: "view=0.2"; others count 1
  bool given_split = true;                // files named train, valid and test keep their events as that part of a split
  bool shuffle_ties = true;               // order equal times of one user randomly by seed instead of as in the file
  std::string rating_scale = "auto";      // or as RatingScale::parse() reads it
  std::int64_t seed = 2022;
  // Items of an item table that nobody has an event with. kAuto keeps them when they are at most as many as the items
  // with events, or kFewItems: new products, and not the rest of a shop that the log is a sample of.
  enum class ItemsWithoutEvents { kAuto, kKeep, kDrop };
  ItemsWithoutEvents items_without_events = ItemsWithoutEvents::kAuto;
  static constexpr std::uint64_t kFewItems = 1000;
  bool event_attributes = true;  // keep what a source says about an event besides the fields of Interaction
  bool strict = false;           // stop at the first bad line

  void bind(OptionTable& table);  // rows import.*
};

class CorpusBuilder final : public RecordSink {
 public:
  // Spools into a temporary folder next to `target`, which appears only at finish(). With `force` it replaces a corpus;
  // throws InvalidArgument (request) when anything else would be lost (require_replaceable_corpus()).
  CorpusBuilder(const std::filesystem::path& target, std::string name, std::string source,
                const CleaningOptions& options, bool force);
  ~CorpusBuilder() override;

  void interaction(Interaction& record) override;
  void item(ItemRecord& record) override;
  void user(UserRecord& record) override;
  void bad_line(std::string_view file, std::uint64_t line, std::string_view reason, std::string_view got) override;
  void progress(std::uint64_t bytes, std::uint64_t lines) override;
  void begin_file(std::string_view file) override;
  void use_columns(const ColumnUse& use) override;
  void note(std::string text) override;
  void earlier(bool on) override;

  // For sources without times, whose file order is the order of events: ties are not shuffled, whatever the options.
  void keep_file_order();
  // What the keys were in the source; texts unless this says otherwise.
  void keys_are(KeyKind users, KeyKind items);
  // progress() throws Interrupted when a stop is asked for.
  void heed(StopToken stop);

  // Cleans, sorts, writes and commits. Users and items get dense ids in order of first appearance in the input. These
  // ids carry no meaning and must never become text: item indexers define their own orders. Items without an event come
  // last, as CleaningOptions::items_without_events says; other item and user rows without a kept interaction are
  // dropped. Throws a data error when nothing is left. Call it once.
  IngestReport finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace p5
