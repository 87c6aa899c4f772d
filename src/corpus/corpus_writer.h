// Writes a corpus folder column by column, as a stream. Memory holds no text, only a few bytes per user and item while
// the keys are sorted at the end. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "corpus/corpus.h"

namespace p5 {

// Rows as views; ill-formed UTF-8 is repaired. `attributes` is the text of encode_attributes.
struct InteractionRow {
  UserId user = 0;
  ItemId item = 0;
  float rating = kNoRating;
  std::int64_t time_ms = kNoTime;
  std::string_view event = {}, review = {}, headline = {}, attributes = {};
  float weight = 1;       // finite, not negative
  std::uint8_t part = 0;  // of a split that the source gives: a value of Part
};

struct ItemRow {
  std::string_view key = {}, title = {}, brand = {}, description = {};
  double price = std::numeric_limits<double>::quiet_NaN();
  std::span<const std::string_view> categories = {};
  std::string_view attributes = {};
};

struct UserRow {
  std::string_view key = {}, name = {}, attributes = {};
};

// Columns that a corpus has only where its source has something to put there.
struct OptionalColumns {
  bool weights = false, parts = false;
};

class CorpusWriter {
 public:
  // `folder` exists; it is normally the path() of an AtomicDirectory.
  explicit CorpusWriter(std::filesystem::path folder, OptionalColumns columns = {});
  ~CorpusWriter();

  // Users and items are numbered in the order of these calls. Keys must be distinct.
  void add_user(const UserRow& row);
  void add_user(const UserRecord& record);
  void add_item(const ItemRow& row);
  void add_item(const ItemRecord& record);
  // REQUIRES order by user, then by part, then by time. May be called before or after the users and items are added.
  void add_interaction(const InteractionRow& row);

  // Sorts keys, writes the header and returns what it says: info.data_sha256 is set, and info.rating_scale learnt
  // unless given. Throws a data error for equal keys, ids without a row, or interactions out of order.
  CorpusInfo finish(CorpusInfo info);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace p5
