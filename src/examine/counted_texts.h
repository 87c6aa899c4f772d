// Baseline texts, made by counting training reviews: what a model must beat. Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "examine/asked_run.h"
#include "prompt/prompt_template.h"
#include "prompt/task_question.h"

namespace p5 {

// A training sentence about the question's item, or any training sentence where the item has none; sampled by seed.
std::vector<std::string> random_sentences(const AskedRun& run, std::span<const TaskQuestion> questions);

// The most frequent words of training headlines, most frequent first: as many as the median headline has.
std::string frequent_headline_words(const DataSplits& data);

// True answers to training questions of the prompt, `count` of them, sampled by seed.
std::vector<std::string> random_answers(const AskedRun& run, const PromptTemplate& prompt, std::size_t count);

}  // namespace p5
