// How a list of candidates is put into another order before it is shown. A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/option_table.h"
#include "retrieval/item_similarity.h"

namespace p5 {

struct RerankOptions {
  enum class Method {
    kNone,
    kMmr,
    kDpp,
    kCalibrate,
    kShuffle,
    kEpsilon,
    kSoftmax,
    kSquareCb,
    kLinUcb,
    kThompson,
    kNeural
  };
  Method method = Method::kNone;
  double strength = 0.3;    // 0: the source's order; 1: nothing but diversity, calibration or chance
  std::int64_t pool = 100;  // candidates that are asked of the source, to choose the list from
  std::int64_t fixed = 3;   // methods that explore: first places that stay
  std::uint64_t seed = 2022;
  ItemSimilarity::Basis similarity = ItemSimilarity::Basis::kAuto;

  // Methods that draw places at random, with their propensities: names of `explore`.
  static bool explores(std::string_view method);
  // Those of them whose draws follow from what feedback has taught (policy/bandit_reranker.h).
  static bool learns(Method method);
  static std::string exploring_methods();  // "shuffle, epsilon, ... or neural"

  void bind(OptionTable& table);  // rows rerank.*
};

}  // namespace p5
