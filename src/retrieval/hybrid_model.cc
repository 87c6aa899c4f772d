#include "retrieval/hybrid_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>
#include <utility>

#include "base/json_field.h"

namespace p5 {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> kModeNames = {"rrf", "probability", "log"};
constexpr std::array<std::string_view, 3> kRuleNames = {"counts", "logits", "list"};

template <std::size_t N>
std::size_t index_in(const std::array<std::string_view, N>& names, const std::string& name, const FittedState& state) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw state.damage("a known kind", name);
  return static_cast<std::size_t>(found - names.begin());
}

json to_json(const Mixture& mixture) {
  return {{"mode", kModeNames[static_cast<std::size_t>(mixture.mode)]},
          {"weights", mixture.weights},
          {"sharpness", mixture.sharpness},
          {"seen_bias", mixture.seen_bias}};
}

Mixture mixture_from(const json& object, const FittedState& state) {
  return {.mode = static_cast<FusionMode>(index_in(kModeNames, object.at("mode").get<std::string>(), state)),
          .weights = object.at("weights").get<std::vector<double>>(),
          .sharpness = object.at("sharpness").get<std::vector<double>>(),
          .seen_bias = object.at("seen_bias").get<double>()};
}

json to_json(const HybridFusion& fusion) {
  json mixtures = json::array(), figures = json::array();
  for (const Mixture& mixture : fusion.mixtures) mixtures.push_back(to_json(mixture));
  for (const HybridFigure& figure : fusion.figures) {
    figures.push_back({{"name", figure.name},
                       {"ndcg", figure.ndcg},
                       {"margin", figure.margin},
                       {"than", figure.than},
                       {"chosen", figure.chosen}});
  }
  json object{{"edges", fusion.edges},
              {"mixtures", std::move(mixtures)},
              {"rerank", fusion.rerank},
              {"method", fusion.method},
              {"factor", fusion.calibration.factor},
              {"covered", fusion.calibration.covered},
              {"ndcg", fusion.ndcg},
              {"users", fusion.users},
              {"figures", std::move(figures)}};
  if (fusion.trees) object["trees"] = fusion.trees->to_json();
  return object;
}

HybridFusion fusion_from(const json& object, std::size_t parts, const FittedState& state) {
  HybridFusion fusion{.edges = object.at("edges").get<std::vector<std::uint32_t>>(),
                      .rerank = object.at("rerank").get<std::size_t>(),
                      .calibration = {.factor = object.value("factor", 0.0), .covered = object.value("covered", 0.0)},
                      .method = object.at("method").get<std::string>(),
                      .ndcg = object.at("ndcg").get<double>(),
                      .users = object.at("users").get<std::size_t>()};
  for (const json& each : object.at("mixtures")) {
    fusion.mixtures.push_back(mixture_from(each, state));
    const Mixture& mixture = fusion.mixtures.back();
    if (mixture.weights.size() != parts || mixture.sharpness.size() != parts) {
      throw state.damage("a weight and a sharpness for each part", "another number");
    }
  }
  if (fusion.mixtures.size() != fusion.edges.size() + 1)
    throw state.damage("a mixture for each length", "another number");
  for (const json& each : object.at("figures")) {
    fusion.figures.push_back({.name = each.at("name").get<std::string>(),
                              .ndcg = each.at("ndcg").get<double>(),
                              .margin = each.at("margin").get<double>(),
                              .than = each.at("than").get<std::string>(),
                              .chosen = each.at("chosen").get<bool>()});
  }
  if (object.contains("trees")) {
    fusion.trees = RankingTrees::from_json(object.at("trees"), "fitted hybrid");
    if (fusion.trees->feature_count() != ranking_feature_count(parts)) {
      throw state.damage("trees over the features of the parts", "trees over others");
    }
  }
  return fusion;
}

}  // namespace

const Mixture& HybridFusion::mixture_for(const CandidatePool& pool) const {
  const auto longer = std::upper_bound(edges.begin(), edges.end(), pool.history_length);
  return mixtures[static_cast<std::size_t>(longer - edges.begin())];
}

const HybridFusion& HybridModel::fusion_for(const CandidateQuery& query) const {
  return direct && !query.candidates.empty() ? *direct : sequential;
}

FittedState HybridModel::state() const {
  json rule_list = json::array();
  for (const ScoreRule& rule : rules) {
    rule_list.push_back({{"kind", kRuleNames[static_cast<std::size_t>(rule.kind)]}, {"parameter", rule.parameter}});
  }
  json object{{"parts", parts},
              {"rules", std::move(rule_list)},
              {"pool", pool},
              {"list", list},
              {"sequential", to_json(sequential)}};
  if (direct) object["direct"] = to_json(*direct);
  const std::string text = object.dump();
  FittedState state;
  state.put("model", std::vector<std::uint8_t>(text.begin(), text.end()));
  state.put("popularity", popularity);
  return state;
}

HybridModel HybridModel::from_state(const FittedState& state) {
  const auto bytes = state.get<std::uint8_t>("model");
  const json object = parse_json(std::string(bytes.begin(), bytes.end()));
  HybridModel model;
  try {
    model.parts = object.at("parts").get<std::vector<std::string>>();
    for (const json& rule : object.at("rules")) {
      model.rules.push_back(
          {static_cast<ScoreRule::Kind>(index_in(kRuleNames, rule.at("kind").get<std::string>(), state)),
           rule.at("parameter").get<double>()});
    }
    model.pool = object.at("pool").get<std::size_t>();
    model.list = object.at("list").get<std::size_t>();
    model.sequential = fusion_from(object.at("sequential"), model.parts.size(), state);
    if (object.contains("direct")) model.direct = fusion_from(object.at("direct"), model.parts.size(), state);
  } catch (const json::exception& error) {
    throw state.damage("a hybrid's model in JSON", error.what());
  }
  if (model.parts.empty() || model.rules.size() != model.parts.size()) {
    throw state.damage("a rule for each part", "another number");
  }
  model.popularity = state.get<float>("popularity");
  return model;
}

std::size_t ranking_feature_count(std::size_t parts) { return 2 * parts + 5; }

std::vector<float> ranking_features(const CandidatePool& pool, std::span<const float> popularity,
                                    std::span<const float> scores, std::span<const std::uint32_t> which) {
  constexpr float kUnranked = 10;  // above the logarithm of every rank in a pool
  const float best = *std::max_element(scores.begin(), scores.end());
  std::vector<float> features;
  features.reserve(which.size() * ranking_feature_count(pool.part_count));
  for (const std::uint32_t i : which) {
    float listed = 0;
    for (std::size_t part = 0; part < pool.part_count; ++part) {
      const std::uint16_t rank = pool.ranks_of(part)[i];
      features.push_back(pool.log_p_of(part)[i] - pool.rest[part]);
      features.push_back(rank == 0 ? kUnranked : std::log(static_cast<float>(rank)));
      listed += rank == 0 ? 0.0f : 1.0f;
    }
    features.push_back(scores[i] - best);
    features.push_back(std::log1p(popularity[pool.items[i]]));
    features.push_back(pool.ages[i] == 0 ? kUnranked : std::log(static_cast<float>(pool.ages[i])));
    features.push_back(std::log1p(static_cast<float>(pool.history_length)));
    features.push_back(listed);
  }
  return features;
}

std::vector<std::uint32_t> best_of(const CandidatePool& pool, std::span<const float> scores, std::size_t most) {
  std::vector<std::uint32_t> order(pool.size());
  std::iota(order.begin(), order.end(), 0u);
  most = std::min(most, order.size());
  std::partial_sort(
      order.begin(), order.begin() + static_cast<std::ptrdiff_t>(most), order.end(),
      [&](std::uint32_t a, std::uint32_t b) { return scores[a] > scores[b] || (scores[a] == scores[b] && a < b); });
  order.resize(most);
  return order;
}

std::vector<float> fused_scores(const CandidatePool& pool, const HybridFusion& fusion,
                                std::span<const float> popularity) {
  std::vector<float> scores = mix(pool, fusion.mixture_for(pool));
  if (!fusion.trees || pool.size() == 0) return scores;
  const std::vector<std::uint32_t> top = best_of(pool, scores, fusion.rerank);
  const std::vector<float> features = ranking_features(pool, popularity, scores, top);
  const std::size_t width = ranking_feature_count(pool.part_count);
  std::vector<float> anew(top.size());
  for (std::size_t i = 0; i < top.size(); ++i) {
    anew[i] = scores[top[i]] + fusion.trees->value(std::span(features).subspan(i * width, width));
  }
  // All others stay behind the items that were ordered anew, in the order and at the distance that they had.
  const float shift = *std::min_element(anew.begin(), anew.end()) - scores[top.back()];
  if (shift < 0) {
    for (float& score : scores) score += shift;
  }
  for (std::size_t i = 0; i < top.size(); ++i) scores[top[i]] = anew[i];
  return scores;
}

}  // namespace p5
