#include "evaluate/explanation_metrics.h"

#include <algorithm>
#include <vector>

#include "text/plain_words.h"

namespace p5 {
namespace {

// Words with one blank between them: two texts are the same when these are.
std::string join(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) text += text.empty() ? word : ' ' + word;
  return text;
}

bool holds(std::span<const std::string> text, std::span<const std::string> words) {
  return !words.empty() && std::search(text.begin(), text.end(), words.begin(), words.end()) != text.end();
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

ExplanationMetrics::ExplanationMetrics(std::span<const std::string> features) {
  for (const std::string& feature : features) {
    const auto words = plain_words(feature);
    if (words.empty()) continue;
    longest_feature_ = std::max(longest_feature_, words.size());
    texts_with_.try_emplace(join(words), 0);
  }
}

void ExplanationMetrics::add(std::string_view written, std::string_view feature) {
  ++texts_;
  const auto words = plain_words(written), wanted = plain_words(feature);
  const std::span<const std::string> text(words);
  different_.insert(join(text));
  with_feature_ += !wanted.empty();
  matched_ += holds(text, wanted);

  std::unordered_set<std::string> held;
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    for (std::size_t count = 1; count <= std::min(longest_feature_, text.size() - begin); ++count) {
      held.insert(join(text.subspan(begin, count)));
    }
  }
  for (const std::string& phrase : held) {
    if (const auto found = texts_with_.find(phrase); found != texts_with_.end()) ++found->second;
  }
}

ExplanationResult ExplanationMetrics::result() const {
  std::size_t covered = 0;
  double shared = 0;
  for (const auto& [feature, texts] : texts_with_) {
    covered += texts > 0;
    shared += static_cast<double>(texts) * (static_cast<double>(texts) - 1) / 2;
  }
  const double pairs = static_cast<double>(texts_) * (static_cast<double>(texts_) - 1) / 2;
  return {.n = texts_,
          .with_feature = with_feature_,
          .usr = share(different_.size(), texts_),
          .fmr = share(matched_, with_feature_),
          .fcr = share(covered, texts_with_.size()),
          .div = texts_ < 2 ? 0 : shared / pairs};
}

}  // namespace p5
