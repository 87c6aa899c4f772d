#include "task/user_features.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <variant>

#include "base/digest.h"
#include "base/tenths.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::int64_t kMostRows = 1 << 24;

}  // namespace

std::int32_t UserFeatures::Feature::size() const {
  if (name == kUser) return users;
  return static_cast<std::int32_t>(words.empty() ? edges.size() + 1 : words.size());
}

UserFeatures::UserFeatures(const Corpus& corpus, const std::vector<std::string>& names) {
  std::map<std::string, std::vector<double>> numbers;
  std::map<std::string, std::map<std::string, std::size_t>> words;
  std::set<std::string> known;
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    for (const auto& [name, value] : corpus.user_attributes(user)) {
      const auto* const number = std::get_if<double>(&value);
      if (number != nullptr && std::isfinite(*number)) numbers[name].push_back(*number);
      if (const auto* const word = std::get_if<std::string>(&value)) ++words[name][*word];
      known.insert(name);
    }
  }
  for (const std::string& name : names) {
    Feature feature{.name = name};
    if (name == kUser) {
      feature.users = static_cast<std::int32_t>(corpus.user_count());
    } else if (words.contains(name)) {
      std::int32_t row = 0;
      for (const auto& [word, users] : words[name]) {
        if (users >= 2) feature.words.emplace(word, row++);
      }
    } else if (numbers.contains(name)) {
      feature.edges = edges_of_tenths(numbers[name]);
    }
    const bool told = name == kUser || !feature.words.empty() || (numbers.contains(name) && !words.contains(name));
    if (!told) {
      throw Error(ErrorCode::kInvalidArgument, ErrorSubject::kData, "the corpus does not say this of its users",
                  {.where = "task.user_prompt",
                   .expected = known.empty() ? "user; its users have no attributes"
                                             : fmt::format("user, or words and numbers of {}", fmt::join(known, ", ")),
                   .got = name});
    }
    features_.push_back(std::move(feature));
  }
  place();
}

void UserFeatures::place() {
  rows_ = 1;
  for (Feature& feature : features_) {
    feature.first = static_cast<std::int32_t>(rows_);
    rows_ += feature.size();
  }
}

std::vector<std::int32_t> UserFeatures::rows_of(const std::vector<Attribute>& attributes, std::uint32_t number) const {
  std::vector<std::int32_t> rows = unknown();
  for (std::size_t i = 0; i < features_.size(); ++i) {
    const Feature& feature = features_[i];
    if (feature.name == kUser) {
      if (number < static_cast<std::uint32_t>(feature.users)) {
        rows[i] = feature.first + static_cast<std::int32_t>(number);
      }
      continue;
    }
    const auto said = std::ranges::find(attributes, feature.name, &Attribute::name);
    if (said == attributes.end()) continue;
    if (const auto* const word = std::get_if<std::string>(&said->value)) {
      const auto found = feature.words.find(*word);
      if (found != feature.words.end()) rows[i] = feature.first + found->second;
    } else if (const auto* const value = std::get_if<double>(&said->value);
               value != nullptr && feature.words.empty() && std::isfinite(*value)) {
      rows[i] = feature.first + static_cast<std::int32_t>(tenth_of(*value, feature.edges));
    }
  }
  return rows;
}

std::string UserFeatures::to_json() const {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Feature& feature : features_) {
    nlohmann::ordered_json entry{{"name", feature.name}};
    if (feature.name == kUser) {
      entry["users"] = feature.users;
    } else if (!feature.words.empty()) {
      std::vector<std::string> words;
      for (const auto& [word, row] : feature.words) words.push_back(word);  // rows count up in this order
      entry["words"] = words;
    } else {
      entry["edges"] = feature.edges;
    }
    list.push_back(std::move(entry));
  }
  return nlohmann::ordered_json{{"version", 1}, {"features", list}}.dump(2) + "\n";
}

UserFeatures UserFeatures::from_json(const std::string& text, const std::string& where) {
  UserFeatures features;
  try {
    const nlohmann::json document = nlohmann::json::parse(text);
    if (document.at("version") != 1) throw Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "a later version");
    for (const nlohmann::json& entry : document.at("features")) {
      Feature feature{.name = entry.at("name").get<std::string>()};
      if (feature.name == kUser) feature.users = entry.at("users").get<std::int32_t>();
      if (entry.contains("edges")) feature.edges = entry["edges"].get<std::vector<double>>();
      if (entry.contains("words")) {
        for (const auto& word : entry["words"].get<std::vector<std::string>>()) {
          feature.words.emplace(word, static_cast<std::int32_t>(feature.words.size()));
        }
      }
      if (feature.users < 0 || !std::ranges::is_sorted(feature.edges)) {
        throw std::runtime_error("users below 0, or edges out of order");
      }
      features.features_.push_back(std::move(feature));
    }
  } catch (const Error&) {
    throw;
  } catch (const std::exception& failure) {
    throw Error(ErrorCode::kCorrupted, ErrorSubject::kModel, "the features of users cannot be read",
                {.where = where, .expected = "what p5 train wrote", .got = failure.what()});
  }
  features.place();
  if (features.rows_ <= kMostRows) return features;
  throw Error(
      ErrorCode::kCorrupted, ErrorSubject::kModel, "the features of users cannot be read",
      {.where = where, .expected = fmt::format("at most {} rows", kMostRows), .got = std::to_string(features.rows_)});
}

std::string UserFeatures::digest() const { return Sha256().update(to_json()).hex().substr(0, 16); }

}  // namespace p5
