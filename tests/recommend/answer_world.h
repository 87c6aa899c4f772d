// What the modules below give to `recommend`: 40 users, 60 items with ids as text, the shipped prompts, and a tokenizer
// of letters (task/task_world.h).
#pragma once

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "recommend/loaded_run.h"
#include "task/task_world.h"

namespace p5::test {

struct AnswerWorld {
  AnswerWorld() {
    FakeData log = world_data();
    for (std::size_t item = 0; item < log.items; ++item) {  // for the source that compares vectors
      const auto angle = static_cast<float>(item);
      log.item_attributes.push_back({{"vector", std::vector<float>{std::cos(angle), std::sin(angle)}}});
    }
    const TaskData task_data = make_data(std::move(log));
    data = {task_data.ranking->shared_corpus(), task_data.ranking, task_data.reviews};
    const auto letters = std::make_shared<const LetterTokenizer>();
    bundle.vocabulary = std::make_shared<const Vocabulary>(letters, 0, std::vector<std::string>{});
    bundle.index = spelled_index(data.corpus->item_count(), *letters);
    bundle.prompts = task_data.prompts;
    bundle.sources.encoder.width = 8;  // so that tests that ask every source take a second
    bundle.sources.encoder.epochs = 1;
    writer = std::make_unique<QuestionWriter>(bundle, data, 512);
  }
  // With the bundle as it is now.
  std::shared_ptr<const LoadedRun> load() const { return std::make_shared<const LoadedRun>(bundle, data, 512); }
  std::size_t items() const { return data.corpus->item_count(); }
  TokenId vocabulary_size() const { return static_cast<TokenId>(bundle.vocabulary->size()); }

  ModelBundle bundle;
  DataSplits data;
  std::unique_ptr<QuestionWriter> writer;
};

}  // namespace p5::test
