// MovieLens of GroupLens: 100K (u.data, u.item, u.user), 1M and 10M (ratings.dat, movies.dat, users.dat) and the CSV
// editions (ratings.csv, movies.csv). Immutable; thread-safe for reading into different sinks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ingest/dataset_reader.h"
#include "records/text_encoding.h"

namespace p5 {

// Genres become categories, the year in a title's brackets becomes the attribute "year", and facts about users become
// attributes (age, gender, occupation, zip_code). Under kUtf8OrLatin1 each line that is not UTF-8 is Latin-1.
class MovieLensReader final : public DatasetReader {
 public:
  explicit MovieLensReader(TextEncoding encoding) : encoding_(encoding) {}

  std::string format() const override { return "movielens"; }
  bool recognizes(const std::vector<std::filesystem::path>& inputs) const override;
  // From a folder, only the files named above; files of a predefined split (u1.base...) when named one by one.
  void read(const std::vector<std::filesystem::path>& inputs, RecordSink& sink) const override;

 private:
  TextEncoding encoding_;
};

}  // namespace p5
