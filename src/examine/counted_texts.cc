#include "examine/counted_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/rng.h"
#include "evaluate/word_ngrams.h"
#include "examine/question_sampler.h"

namespace p5 {

std::vector<std::string> random_sentences(const AskedRun& run, std::span<const TaskQuestion> questions) {
  std::unordered_map<ItemId, std::vector<const Explanation*>> of_item;
  std::vector<const Explanation*> all;
  for (const Explanation& explanation : run.explanations->all()) {
    if (run.data.reviews->part_of(explanation.interaction) != Part::kTrain) continue;
    of_item[run.data.corpus->items()[explanation.interaction]].push_back(&explanation);
    all.push_back(&explanation);
  }
  Rng rng(static_cast<std::uint64_t>(run.evaluate.seed), "random sentences");
  std::vector<std::string> texts;
  for (const TaskQuestion& question : questions) {
    const auto found = of_item.find(*question.item);
    const auto& sentences = found == of_item.end() ? all : found->second;
    texts.push_back(sentences.empty() ? std::string() : sentences[rng.below(sentences.size())]->sentence);
  }
  return texts;
}

std::string frequent_headline_words(const DataSplits& data) {
  std::unordered_map<std::string_view, std::size_t> counts;
  std::vector<std::size_t> lengths;
  for (const std::size_t i : data.reviews->positions(Part::kTrain)) {
    const auto words = split_words(data.corpus->headline(i));
    if (!words.empty()) lengths.push_back(words.size());
    for (const std::string_view word : words) ++counts[word];
  }
  if (lengths.empty()) return {};
  const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
  std::nth_element(lengths.begin(), middle, lengths.end());
  std::vector<std::pair<std::string_view, std::size_t>> ranked(counts.begin(), counts.end());
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  std::string text;
  for (std::size_t i = 0; i < std::min(ranked.size(), *middle); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : " ", ranked[i].first);
  }
  return text;
}

std::vector<std::string> random_answers(const AskedRun& run, const PromptTemplate& prompt, std::size_t count) {
  const QuestionSample train = QuestionSampler(run).sample_of_training(prompt);
  Rng rng(static_cast<std::uint64_t>(run.evaluate.seed), "random answers");
  std::vector<std::string> texts(count);
  for (std::string& text : texts) {
    if (train.questions.empty()) break;
    const TaskQuestion& question = train.questions[rng.below(train.questions.size())];
    text = to_text(run.writer.example(question, prompt.id).target, *run.bundle.index);
  }
  return texts;
}

}  // namespace p5
