// The numbers that ratings can be: "1 to 5", "0.5 to 5 in steps of 0.5", "0 or 1", "-10 to 10". Learnt from the
// ratings of a log, or given by whoever imports it. A model answers with one of at most eleven levels of the scale
// (docs/prompts.md). A plain value; thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace p5 {

class RatingScale {
 public:
  static constexpr std::size_t kMostLevels = 11;

  RatingScale() = default;  // 1 to 5 in whole stars
  // `step` is between two neighboring ratings, 0: any number is a rating. Throws InvalidArgument (request) unless
  // lowest < highest, all are finite, and the steps fill the range.
  RatingScale(double lowest, double highest, double step);
  // From the ratings of a log, NaN = none: the first of a list of usual scales, from narrow to wide, on which at least
  // 99.9% of them are, so that a few bad lines do not change it; without such a scale their range. 6 to 10 is thus
  // 1 to 10. 1 to 5 without ratings.
  static RatingScale of(std::span<const float> ratings);
  // "LOW..HIGH" or "LOW..HIGH:STEP", as to_string() writes it; the step is 1 unless given. Throws InvalidArgument
  // (request) that names `where`.
  static RatingScale parse(std::string_view text, std::string_view where);

  double lowest() const { return lowest_; }
  double highest() const { return highest_; }
  double step() const { return step_; }
  double clamp(double rating) const;
  bool contains(double rating) const;  // within the range and a whole number of steps from the lowest
  std::string to_string() const;       // "1..5", "0.5..5:0.5", "-10..10:0"
  std::string in_words() const;        // "1 to 5", "0.5 to 5 in steps of 0.5", "0 or 1", "-10 to 10 with fractions"

  // What a model can answer, evenly spaced from the lowest rating to the highest: every rating of a scale with at most
  // eleven, else six to eleven of them.
  std::size_t level_count() const { return parts_ + 1; }
  double level(std::size_t index) const;
  std::vector<double> levels() const;
  double spacing() const { return (highest_ - lowest_) / static_cast<double>(parts_); }  // of two neighboring levels
  std::size_t level_of(double rating) const;                                             // the nearest one's index
  double nearest_level(double rating) const { return level(level_of(rating)); }
  // Whether the rating's level is in the upper quarter of the scale: 4 or 5 of 1 to 5, 1 of 0 or 1, 8 to 10 of 10.
  bool likes(double rating) const;

  // Levels as words of a prompt: "4", "0.5", "-1".
  static std::string word(double level);
  std::vector<std::string> words() const;  // of all levels
  // A number between levels, to a tenth of their spacing: "4.3" of 1 to 5, "73" of 0 to 100.
  std::string fine_word(double rating) const;

  bool operator==(const RatingScale&) const = default;

 private:
  static std::size_t parts_of(double lowest, double highest, double step);

  double lowest_ = 1.0, highest_ = 5.0, step_ = 1.0;
  std::size_t parts_ = 4;  // steps from the lowest level to the highest
};

}  // namespace p5
