#include "recommend/regression_state.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace p5 {

void put_regression(const WordRegression& regression, FittedState& state) {
  std::vector<std::uint8_t> letters;
  for (const std::string& word : regression.words()) {
    letters.insert(letters.end(), word.begin(), word.end());
    letters.push_back('\n');
  }
  state.put("words", letters);
  state.put("weights", regression.weights());
}

WordRegression regression_of(const FittedState& state, std::size_t classes) {
  std::vector<std::string> words;
  std::string word;
  for (const std::uint8_t letter : state.get<std::uint8_t>("words")) {
    if (letter != '\n') {
      word += static_cast<char>(letter);
      continue;
    }
    words.push_back(std::exchange(word, {}));
  }
  auto weights = state.get<float>("weights", (words.size() + 1) * classes);
  return {std::move(words), std::move(weights), classes};
}

}  // namespace p5
