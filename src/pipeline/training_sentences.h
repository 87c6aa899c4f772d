// What a tokenizer is trained on: the words of the prompts with users, ids and numbers, the catalogue, and what users
// wrote where a family that is on reads it. Of interactions only training reviews are read, so that nothing of
// validation and test can show in a piece. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "corpus/split.h"
#include "prompt/prompt_library.h"
#include "task/task_options.h"

namespace p5 {

class TrainingSentences {
 public:
  // Borrows the corpus of `reviews`.
  TrainingSentences(const PromptLibrary& prompts, const TaskOptions& task, const Split& reviews);

  // False after the last one.
  bool next(std::string& sentence);

 private:
  void list_reviews(const Split& reviews);
  std::string written(std::size_t interaction) const;
  std::string asked_by(std::uint64_t position) const;

  const Corpus* corpus_;
  std::vector<std::string> templates_;
  std::vector<std::size_t> reviews_;  // positions in the corpus
  std::uint64_t position_ = 0;
};

}  // namespace p5
