// The top ten of every question, with the seen items kept and dropped, gathered while ranks are. Places may be written
// from several threads, each question by one.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "retrieval/candidate_source.h"

namespace p5 {

class TopLists {
 public:
  static constexpr std::size_t kLength = 10;

  TopLists(std::size_t questions, std::size_t item_count)
      : item_count_(item_count), kept_(questions), dropped_(questions) {}

  // From a score row [item_count]; equal scores in ascending item id. Items that must not be returned are left out.
  void set(std::size_t question, std::span<const float> scores, std::span<const ItemId> history);
  // From a list, best first. What is no item of the catalogue, or comes twice, is left out.
  void set(std::size_t question, std::span<const Candidate> list, std::span<const ItemId> history);
  // From a list that was asked for without the seen items: only what is dropped changes.
  void set_dropped(std::size_t question, std::span<const Candidate> list, std::span<const ItemId> history);

  std::span<const ItemId> kept(std::size_t question) const { return kept_[question]; }
  std::span<const ItemId> dropped(std::size_t question) const { return dropped_[question]; }

 private:
  std::size_t item_count_;
  std::vector<std::vector<ItemId>> kept_, dropped_;  // [questions], at most kLength items each
};

}  // namespace p5
