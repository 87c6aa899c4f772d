// Answers in free text: explanations, headlines, and what custom families ask for. Not thread-safe: it uses one model.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "decode/decode_options.h"
#include "model/sequence_model.h"
#include "model/text_generator.h"
#include "recommend/question_writer.h"

namespace p5 {

class TextWriter {
 public:
  // Model and writer must outlive this. `batch`: questions encoded together; the answers do not depend on it, unless
  // they are sampled.
  TextWriter(SequenceModel& model, const QuestionWriter& writer, DecodeOptions options, std::size_t batch = 64);

  // One text per question. `advance`, when given, is called with the number of questions that were answered since the
  // last call. Throws as QuestionWriter::row does, and usage errors for options that do not fit together.
  std::vector<std::string> write(std::span<const TaskQuestion> questions, const std::string& prompt_id,
                                 const std::function<void(std::size_t)>& advance = {}) const;
  std::string write(const TokenRow& row) const;

 private:
  std::string text_of(const Hypothesis& answer) const;

  TextGenerator* model_;
  const QuestionWriter* writer_;
  DecodeOptions options_;
  std::size_t batch_;
};

}  // namespace p5
