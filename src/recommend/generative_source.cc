#include "recommend/generative_source.h"

#include <algorithm>
#include <string>
#include <utility>

#include "decode/beam_search.h"
#include "decode/excluding_constraint.h"
#include "decode/prefix_constraint.h"
#include "p5/error.h"

namespace p5 {
namespace {

// The trie that one query may reach, and the constraint over it; kept alive for the search.
struct QueryScope {
  std::unique_ptr<ItemTrie> own_trie;  // candidates only
  std::vector<std::uint32_t> own_items_below;
  std::unique_ptr<TokenConstraint> constraint;
  std::unique_ptr<TokenConstraint> behind_echo;  // the same behind the newest item, where answers begin with it
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

void begin_with(std::span<const TokenId> prefix, QueryScope& scope) {
  const auto first_state = static_cast<TokenConstraint::State>(scope.trie->node_count());
  scope.behind_echo = std::make_unique<PrefixConstraint>(prefix, *scope.constraint, first_state);
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
      items_below_(count_items_below(trie_)) {
  writer.require_item_prompt(options_.sequential_prompt);
  writer.require_item_prompt(options_.direct_prompt);
}

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

GenerativeSource::Question GenerativeSource::write(const CandidateQuery& query) const {
  const TaskQuestion question = question_of(query);
  if (!query.candidates.empty()) {
    TokenRow row = writer_->row(question, options_.direct_prompt);
    if (writer_->fits(row, query.candidates.size())) return {&options_.direct_prompt, std::move(row)};
    if (options_.sequential_prompt == options_.direct_prompt) {
      throw usage_error("too many candidates for this prompt",
                        {.where = "prompt " + options_.direct_prompt,
                         .expected = "input of at most task.max_source tokens, or a prompt that does not list them",
                         .got = std::to_string(row.source.size())});
    }
  }
  return {&options_.sequential_prompt, writer_->row(question, options_.sequential_prompt)};
}

std::vector<std::vector<Candidate>> GenerativeSource::retrieve_batch(std::span<const CandidateQuery> queries,
                                                                     std::size_t k) const {
  std::vector<TokenRow> rows;
  std::vector<QueryScope> scopes;
  std::vector<const TokenConstraint*> constraints;
  std::size_t longest_echo = 0;
  for (const CandidateQuery& query : queries) {
    Question question = write(query);
    rows.push_back(std::move(question.row));
    scopes.push_back(scope_of(query, *index_, trie_, items_below_));
    if (writer_->echoes(*question.prompt) && !query.history.empty()) {
      const auto echo = index_->path(query.history.back());
      begin_with(echo, scopes.back());
      longest_echo = std::max(longest_echo, echo.size());
    }
    const QueryScope& scope = scopes.back();
    constraints.push_back(scope.behind_echo ? scope.behind_echo.get() : scope.constraint.get());
  }
  BeamOptions beam;
  beam.beams = std::max(options_.beams, static_cast<std::int32_t>(std::min(k, index_->size())));
  beam.max_length = static_cast<std::int32_t>(trie_.depth() + longest_echo);
  beam.length_penalty = options_.length_penalty;
  const auto scorer = model_->start(pad_rows(rows));
  const auto found = beam_search(*scorer, constraints, beam);
  std::vector<std::vector<Candidate>> lists;
  for (std::size_t i = 0; i < found.size(); ++i) lists.push_back(items_of(found[i], *scopes[i].trie, k));
  return lists;
}

}  // namespace p5
