// A catalogue of eight items in two kinds, for the tests of rerankers: items 0 to 3 are "rock", 4 to 7 are "jazz". Each
// shares a tag with its neighbor and one with every third item, and has one of its own, which counts for nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "corpus/split.h"
#include "retrieval/candidate_source.h"
#include "support/fake_corpus.h"

namespace p5::test {

inline Split rerank_split() {
  FakeData data{.histories = {{0, 1, 2, 3}, {4, 5, 0, 1}}, .items = 8};
  for (ItemId item = 0; item < 8; ++item) {
    data.categories.push_back({item < 4 ? "rock" : "jazz"});
    data.item_attributes.push_back(
        {{"tags", std::vector<std::string>{"own" + std::to_string(item), "pair" + std::to_string(item / 2),
                                           "third" + std::to_string(item % 3)}}});
  }
  return split_leave_one_out(std::make_shared<FakeCorpus>(std::move(data)));
}

// Items 0, 1, ..., 7 with falling scores.
inline std::vector<Candidate> rerank_pool() {
  std::vector<Candidate> pool;
  for (ItemId item = 0; item < 8; ++item) pool.push_back({item, 10.0f - static_cast<float>(item * item) / 8.0f});
  return pool;
}

template <typename Ranked>
std::vector<ItemId> items_of(const std::vector<Ranked>& list) {
  std::vector<ItemId> items;
  for (const auto& each : list) items.push_back(each.candidate.item);
  return items;
}

}  // namespace p5::test
