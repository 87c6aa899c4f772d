// What is known of users beside their events, as rows of a learnt table: continuous prompts of personalised questions
// (PEPLER, Li et al. 2023), one vector per feature. Numbers are cut into ten buckets that hold equally many users; of
// words, each that two users share has a row. Row 0 is that of what is not known. A plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

class UserFeatures {
 public:
  // The name of the feature that gives each user a row of its own.
  static constexpr std::string_view kUser = "user";

  UserFeatures() = default;
  // `names`: kUser or attributes of the corpus's users. Throws InvalidArgument (data), naming the attribute and those
  // that the corpus has, for one that no user has as a word or a number.
  UserFeatures(const Corpus& corpus, const std::vector<std::string>& names);

  std::size_t width() const { return features_.size(); }  // rows of a user, and so vectors before a source
  std::int64_t rows() const { return rows_; }             // of the table
  // [width]. `number`: of the user in training, for kUser; beyond those that were there, the row is 0.
  std::vector<std::int32_t> rows_of(const std::vector<Attribute>& attributes, std::uint32_t number) const;
  std::vector<std::int32_t> unknown() const { return std::vector<std::int32_t>(width(), 0); }

  std::string to_json() const;
  // Throws Corrupted (model), naming `where`.
  static UserFeatures from_json(const std::string& text, const std::string& where);
  std::string digest() const;  // of what the rows mean

 private:
  struct Feature {
    std::string name;
    std::int32_t first = 0;          // its first row
    std::int32_t users = 0;          // kUser: how many have a row
    std::vector<double> edges = {};  // of numbers: bucket i holds those below edge i; the last the others
    std::map<std::string, std::int32_t> words = {};  // of words: their rows, from 0
    std::int32_t size() const;
  };
  void place();  // numbers the rows

  std::vector<Feature> features_;
  std::int64_t rows_ = 0;
};

}  // namespace p5
