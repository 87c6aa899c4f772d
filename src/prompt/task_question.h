// One question of training, evaluation or use, without the words of a prompt. A plain value. Views must live until the
// question is written.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace p5 {

struct TaskQuestion {
  std::optional<std::uint32_t> user = {};          // none: a user the corpus does not know
  std::optional<std::uint32_t> item = {};          // next-item, choose: the answer, if known; else the item asked about
  std::span<const std::uint32_t> history = {};     // items from old to new
  std::span<const std::uint32_t> candidates = {};  // distinct items
  std::optional<double> rating = {};               // star: the answer, if known; yes-no: the proposed stars; a level
  std::optional<double> exact_rating = {};         // the answer as it was given, between two levels perhaps
  std::optional<bool> positive = {};               // yes-no, like-dislike: the answer, if known
  std::string_view review = {}, headline = {};     // what the user wrote about the item
  std::string_view feature = {}, explanation = {};  // explain: the feature to mention; the answer, if known
  std::string_view answered_stars = {};             // the answer's rating when it is not a whole number: "4.3"
  // What the user gave and the item got, "5 4 5", where a prompt shows past ratings (task.profile_ratings). None: the
  // latest.
  std::optional<std::string_view> user_stars = {}, item_stars = {};
  // What the user gave since the corpus was made, oldest first: where a prompt shows past ratings, after the others.
  std::span<const double> later_stars = {};
  // Anonymous (task.anonymous): user and item are described, not named. They are of a corpus that the model was not
  // trained on, or the model is to learn to do without their names.
  bool anonymous = false;
  bool training = false;  // of a training user: counts must not hold what the user did
};

}  // namespace p5
