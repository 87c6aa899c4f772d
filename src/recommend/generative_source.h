// The model as a CandidateSource: writes each query as a prompt and searches the item trie. Asks with the direct prompt
// when candidates are given, else with the sequential one. Candidates that are too many to be read
// (QuestionWriter::fits) are asked for with the sequential prompt too, and the search alone keeps to them, so that time
// and memory grow with their number. Not thread-safe: it uses one model.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "decode/decode_options.h"
#include "indexing/item_trie.h"
#include "model/sequence_model.h"
#include "recommend/question_writer.h"
#include "retrieval/candidate_source.h"

namespace p5 {

struct GenerativeOptions {
  std::string name = "p5";
  std::string sequential_prompt, direct_prompt;
  std::int32_t beams = 20;   // at least; more when more items are asked for
  std::size_t batch = 64;    // queries encoded together
  float length_penalty = 0;  // as DecodeOptions::length_penalty
};

class GenerativeSource final : public CandidateSource {
 public:
  // All arguments must outlive the source. Throws InvalidArgument for prompts whose answers are no items.
  GenerativeSource(SequenceModel& model, const QuestionWriter& writer, const ItemIndex& index,
                   GenerativeOptions options);

  std::string name() const override { return options_.name; }
  // Scores are log-probabilities over the items that the search may reach.
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override;

 private:
  struct Question {
    const std::string* prompt;
    TokenRow row;
  };
  Question write(const CandidateQuery& query) const;
  std::vector<std::vector<Candidate>> retrieve_batch(std::span<const CandidateQuery> queries, std::size_t k) const;

  SequenceModel* model_;
  const QuestionWriter* writer_;
  const ItemIndex* index_;
  GenerativeOptions options_;
  ItemTrie trie_;
  std::vector<std::uint32_t> items_below_;
};

}  // namespace p5
