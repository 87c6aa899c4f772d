// The world of task_world.h with reviews: every text names its interaction by a word of its own, so that a test can
// tell where a text came from.
#pragma once

#include <cstddef>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "explain/explanation_set.h"
#include "task/task_world.h"

namespace p5::test {

inline std::string body_of(std::size_t interaction) {
  return "It came today. Sound b" + std::to_string(interaction) + "b is warm.";
}
inline std::string headline_of(std::size_t interaction) { return "Headline h" + std::to_string(interaction) + "h"; }
inline std::string sentence_of(std::size_t interaction) {
  return "Sound b" + std::to_string(interaction) + "b is warm.";
}

// Every third review has no headline, every fourth no explanation, every fifth no text at all.
inline TaskData text_data() {
  FakeData data = world_data();
  std::vector<Explanation> explanations;
  std::size_t interaction = 0;
  for (const auto& history : data.histories) {
    auto& reviews = data.reviews.emplace_back();
    auto& headlines = data.headlines.emplace_back();
    for (std::size_t i = 0; i < history.size(); ++i, ++interaction) {
      const bool silent = interaction % 5 == 0;
      reviews.push_back(silent ? "" : body_of(interaction));
      headlines.push_back(silent || interaction % 3 == 0 ? "" : headline_of(interaction));
      if (!silent && interaction % 4 != 0) explanations.push_back({interaction, "sound", sentence_of(interaction)});
    }
  }
  TaskData made = make_data(std::move(data));
  made.explanations = std::make_shared<const ExplanationSet>(std::move(explanations));
  return made;
}

// The interactions whose texts a sample shows.
inline std::set<std::size_t> interactions_in(const std::string& text) {
  static const std::regex name("\\b[bh]([0-9]+)[bh]\\b");
  std::set<std::size_t> found;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), name); at != std::sregex_iterator(); ++at) {
    found.insert(std::stoul((*at)[1]));
  }
  return found;
}

}  // namespace p5::test
