// The model as a CandidateSource: writes each query as a prompt and searches the item trie. Uses the direct prompt when
// candidates are given, else the sequential one. Candidates that are too many to be read (QuestionWriter::fits) also go
// to the sequential prompt, and only the search is restricted to them, so that time and memory grow with their number.
// A query may bring its own prompt and search width (AskingWish). It answers with items that the run was trained on.
// Cheap to make: the trie is the run's. Not thread-safe: it uses one model.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "decode/decode_options.h"
#include "model/sequence_model.h"
#include "model/text_generator.h"
#include "recommend/loaded_run.h"
#include "retrieval/candidate_source.h"

namespace p5 {

struct GenerativeOptions {
  std::string name = "p5";
  std::string sequential_prompt, direct_prompt;
  DecodeOptions decode = {};  // only its search for items is used; it widens when more items are asked for
  std::size_t batch = 0;      // queries encoded together; 0: as many as the model likes
};

// How a run asks for items.
GenerativeOptions generative_options(std::string name, const AnswerOptions& prompts, const DecodeOptions& decode);

class GenerativeSource final : public CandidateSource {
 public:
  // Model and run must outlive the source. Throws InvalidArgument for prompts whose answers are not items; those of a
  // family that is off are not checked.
  GenerativeSource(SequenceModel& model, const LoadedRun& run, GenerativeOptions options);

  std::string name() const override { return options_.name; }
  // Scores are log-probabilities over the items that the search may reach.
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override;
  std::size_t queries_at_once() const override;
  // The best items as an answer to a question that is written already. `query` says what was taken and what must not
  // come back; answers begin with the items `repeated`.
  std::vector<Candidate> answer(TokenRow row, const CandidateQuery& query, std::span<const ItemId> repeated,
                                std::size_t k) const;

 private:
  struct Question {
    std::string prompt;
    TokenRow row;
  };
  BeamOptions search_of(const CandidateQuery& query, std::size_t k) const;
  Question write(const CandidateQuery& query) const;
  std::vector<std::vector<Candidate>> search(std::span<const CandidateQuery> queries, const std::vector<TokenRow>& rows,
                                             std::span<const std::vector<ItemId>> repeated, std::size_t k) const;
  // The same where all codes of an id are predicted at once: every item is scored.
  std::vector<std::vector<Candidate>> score_codes(std::span<const CandidateQuery> queries,
                                                  const std::vector<TokenRow>& rows, std::size_t k) const;
  std::vector<std::vector<Candidate>> retrieve_batch(std::span<const CandidateQuery> queries, std::size_t k) const;
  // Calls prepare(i) for each of `count` queries, from several threads where there are many: a GPU answers sooner than
  // one thread writes questions.
  void prepare_each(std::size_t count, const std::function<void(std::size_t)>& prepare) const;

  mutable std::unique_ptr<ThreadPool> pool_;  // from the first long list on
  TextGenerator* model_;
  const LoadedRun* run_;
  GenerativeOptions options_;
};

}  // namespace p5
