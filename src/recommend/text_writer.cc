#include "recommend/text_writer.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace p5 {

TextWriter::TextWriter(SequenceModel& model, const QuestionWriter& writer, DecodeOptions options, std::size_t batch)
    : model_(&ability_of<TextGenerator>(model)),
      writer_(&writer),
      options_(options),
      batch_(std::max<std::size_t>(batch, 1)) {}

std::vector<std::string> TextWriter::write(std::span<const TaskQuestion> questions, const std::string& prompt_id,
                                           const std::function<void(std::size_t)>& advance) const {
  std::vector<TokenRow> rows;
  for (const TaskQuestion& question : questions) rows.push_back(writer_->row(question, prompt_id));
  // Rows of similar length together, for less padding.
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rows[a].source.size() < rows[b].source.size(); });
  std::vector<std::string> texts(rows.size());
  DecodeOptions options = options_;
  for (std::size_t begin = 0; begin < order.size(); begin += batch_) {
    const auto chunk = std::span(order).subspan(begin, std::min(batch_, order.size() - begin));
    std::vector<TokenRow> together;
    for (const std::size_t i : chunk) together.push_back(std::move(rows[i]));
    const auto scorer = model_->start(pad_rows(together));
    options.seed = options_.seed + begin;  // batches draw from streams of their own
    const auto answers = write_text(*scorer, options);
    for (std::size_t i = 0; i < chunk.size(); ++i) texts[chunk[i]] = text_of(answers[i]);
    if (advance) advance(chunk.size());
  }
  return texts;
}

std::string TextWriter::write(const TokenRow& row) const {
  const auto scorer = model_->start(pad_rows({row}));
  return text_of(write_text(*scorer, options_).front());
}

std::string TextWriter::text_of(const Hypothesis& answer) const {
  return writer_->tokenizer().vocabulary().decode(answer.tokens);
}

}  // namespace p5
