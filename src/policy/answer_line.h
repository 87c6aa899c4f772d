// What was shown to whom, with which probability: the line of JSON that p5 ope reads of it (docs/formats.md).
// Thread-safe: a free function.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "p5/recommender.h"

namespace p5 {

struct AnswerLine {
  std::string id, user;  // of the request; the user as the client named it
  std::string model = {};
  std::int64_t version = 0;
  std::int64_t time_ms = 0;
};

// `asked` is the request as the model answered it, `history` what it looked back on. Lists that were not drawn get no
// propensities: they say nothing about other lists.
nlohmann::ordered_json answer_line(const AnswerLine& answer, const RecommendRequest& asked,
                                   std::span<const ItemName> history, std::span<const Recommendation> items);

}  // namespace p5
