#include "policy/answer_line.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "retrieval/rerank_options.h"

namespace p5 {
namespace {

using OrderedJson = nlohmann::ordered_json;

bool was_drawn(const RecommendRequest& asked, std::span<const Recommendation> items) {
  return RerankOptions::explores(asked.rerank) ||
         std::ranges::any_of(items, [](const Recommendation& item) { return item.propensity < 1; });
}

}  // namespace

OrderedJson answer_line(const AnswerLine& answer, const RecommendRequest& asked, std::span<const ItemName> history,
                        std::span<const Recommendation> items) {
  OrderedJson line{{"request_id", answer.id}, {"time_ms", answer.time_ms}};
  if (!answer.user.empty()) line["user"] = answer.user;
  line["model"] = answer.model;
  line["version"] = answer.version;
  line["k"] = asked.k;
  if (!asked.rerank.empty()) line["rerank"] = asked.rerank;
  if (asked.keep_seen) line["keep_seen"] = true;
  if (!asked.where.empty()) line["where"] = asked.where;
  for (const auto& [name, keys] :
       {std::pair{"candidates", &asked.candidates}, {"exclude", &asked.exclude}, {"available", &asked.available}}) {
    if (!keys->empty()) line[name] = *keys;
  }
  line["history"] = OrderedJson::array();
  for (const ItemName& item : history) line["history"].push_back(item.item);
  line["items"] = OrderedJson::array();
  const bool drawn = was_drawn(asked, items);
  for (const Recommendation& item : items) {
    OrderedJson shown{{"item", item.item}};
    if (drawn) shown["propensity"] = item.propensity;
    shown["source"] = item.source;
    line["items"].push_back(std::move(shown));
  }
  return line;
}

}  // namespace p5
