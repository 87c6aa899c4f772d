// The positions of interactions of one part of a split, ascending. A range of its own: clang 14 cannot compile views of
// libstdc++ 12, and the fuzz targets are built with it. Borrows what it is made of.
#pragma once

#include <cmath>
#include <cstddef>
#include <iterator>
#include <span>

#include "corpus/part.h"

namespace p5 {

class MarkedPositions {
 public:
  // Those marked `part`; with ratings, [marks], only those that have one.
  MarkedPositions(std::span<const Part> marks, Part part, std::span<const float> ratings = {})
      : marks_(marks), ratings_(ratings), part_(part) {}

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::size_t*;
    using reference = std::size_t;

    Iterator() = default;
    Iterator(const MarkedPositions& range, std::size_t at) : range_(&range), at_(at) { skip(); }
    std::size_t operator*() const { return at_; }
    Iterator& operator++() {
      ++at_;
      skip();
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    void skip() {
      while (at_ < range_->marks_.size() && !range_->holds(at_)) ++at_;
    }
    const MarkedPositions* range_ = nullptr;
    std::size_t at_ = 0;
  };

  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, marks_.size()}; }

 private:
  bool holds(std::size_t at) const { return marks_[at] == part_ && (ratings_.empty() || std::isfinite(ratings_[at])); }

  std::span<const Part> marks_;
  std::span<const float> ratings_;
  Part part_;
};

}  // namespace p5
