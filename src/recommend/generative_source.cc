#include "recommend/generative_source.h"

#include <algorithm>

#include "decode/beam_search.h"
#include "decode/excluding_constraint.h"

namespace p5 {
namespace {

// The trie that one query may reach, and the constraint over it; kept alive for the search.
struct QueryScope {
  std::unique_ptr<ItemTrie> own_trie;  // candidates only
  std::vector<std::uint32_t> own_items_below;
  std::unique_ptr<TokenConstraint> constraint;
  const ItemTrie* trie = nullptr;
};

QueryScope scope_of(const CandidateQuery& query, const ItemIndex& index, const ItemTrie& all,
                    std::span<const std::uint32_t> items_below) {
  QueryScope scope;
  scope.trie = &all;
  if (!query.candidates.empty()) {
    scope.own_trie = std::make_unique<ItemTrie>(index, query.candidates);
    scope.own_items_below = count_items_below(*scope.own_trie);
    scope.trie = scope.own_trie.get();
    items_below = scope.own_items_below;
  }
  if (query.exclude.empty()) {
    scope.constraint = std::make_unique<TrieConstraint>(*scope.trie);
  } else {
    scope.constraint = std::make_unique<ExcludingConstraint>(*scope.trie, items_below, index, query.exclude);
  }
  return scope;
}

TaskQuestion question_of(const CandidateQuery& query) {
  TaskQuestion question{.history = query.history, .candidates = query.candidates};
  if (query.user != kUnknownUser) question.user = query.user;
  return question;
}

std::vector<Candidate> items_of(const std::vector<Hypothesis>& hypotheses, const ItemTrie& trie, std::size_t k) {
  std::vector<Candidate> items;
  for (const Hypothesis& hypothesis : hypotheses) {
    const ItemId item = trie.item(hypothesis.state);
    if (hypothesis.finished && item != ItemTrie::kNoItem && items.size() < k) items.push_back({item, hypothesis.score});
  }
  return items;
}

}  // namespace

GenerativeSource::GenerativeSource(SequenceModel& model, const QuestionWriter& writer, const ItemIndex& index,
                                   GenerativeOptions options)
    : model_(&model),
      writer_(&writer),
      index_(&index),
      options_(std::move(options)),
      trie_(index),
      items_below_(count_items_below(trie_)) {}

std::vector<std::vector<Candidate>> GenerativeSource::retrieve(std::span<const CandidateQuery> queries,
                                                               std::size_t k) const {
  std::vector<std::vector<Candidate>> lists;
  for (std::size_t begin = 0; begin < queries.size(); begin += options_.batch) {
    for (auto& list : retrieve_batch(queries.subspan(begin, std::min(options_.batch, queries.size() - begin)), k)) {
      lists.push_back(std::move(list));
    }
  }
  return lists;
}

std::vector<std::vector<Candidate>> GenerativeSource::retrieve_batch(std::span<const CandidateQuery> queries,
                                                                     std::size_t k) const {
  std::vector<TokenRow> rows;
  std::vector<QueryScope> scopes;
  std::vector<const TokenConstraint*> constraints;
  for (const CandidateQuery& query : queries) {
    rows.push_back(writer_->row(question_of(query),
                                query.candidates.empty() ? options_.sequential_prompt : options_.direct_prompt));
    scopes.push_back(scope_of(query, *index_, trie_, items_below_));
    constraints.push_back(scopes.back().constraint.get());
  }
  BeamOptions beam;
  beam.beams = std::max(options_.beams, static_cast<std::int32_t>(std::min(k, index_->size())));
  beam.max_length = static_cast<std::int32_t>(trie_.depth());
  beam.length_penalty = options_.length_penalty;
  const auto scorer = model_->start(pad_rows(rows));
  const auto found = beam_search(*scorer, constraints, beam);
  std::vector<std::vector<Candidate>> lists;
  for (std::size_t i = 0; i < found.size(); ++i) lists.push_back(items_of(found[i], *scopes[i].trie, k));
  return lists;
}

}  // namespace p5
