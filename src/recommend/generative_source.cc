#include "recommend/generative_source.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include "decode/beam_search.h"
#include "decode/code_evidence.h"
#include "decode/evidence_constraint.h"
#include "decode/excluding_constraint.h"
#include "decode/prefix_constraint.h"
#include "p5/error.h"
#include "retrieval/top_k.h"
#include "task/known_items.h"

namespace p5 {
namespace {

// The trie that one query may reach, and the constraint over it; kept alive for the search.
struct QueryScope {
  std::unique_ptr<ItemTrie> own_trie;  // candidates only
  std::unique_ptr<TokenConstraint> constraint;
  std::unique_ptr<TrieSizes> own_sizes;             // of own_trie, with evidence
  std::unique_ptr<TrieEvidence> evidence;           // where the run has some
  std::unique_ptr<TokenConstraint> with_evidence;   // the constraint and what is known
  std::vector<TokenId> repeated;                    // of the newest items, where answers begin with them
  std::unique_ptr<TokenConstraint> after_repeated;  // the same constraint after those
  const ItemTrie* trie = nullptr;

  const TokenConstraint& inner() const { return with_evidence ? *with_evidence : *constraint; }
  const TokenConstraint* whole() const { return after_repeated ? after_repeated.get() : &inner(); }
};

// What the counts of the run know about the query's items.
void add_evidence(const CandidateQuery& query, const LoadedRun& run, QueryScope& scope) {
  if (run.evidence == nullptr) return;
  const NeighborEvidence& source = *run.evidence;
  const auto neighbors =
      query.candidates.empty() ? source.of(query.history) : source.among(query.candidates, query.history);
  const EvidenceScale scale = scale_of(source);
  if (scope.own_trie != nullptr) scope.own_sizes = std::make_unique<TrieSizes>(*scope.own_trie, scale.gate);
  scope.evidence = std::make_unique<TrieEvidence>(
      *scope.trie, *run.bundle.index, known_items(neighbors, query.history, source.options().ages), scale,
      TrieEvidence::Depths::kPath, scope.own_sizes != nullptr ? scope.own_sizes.get() : run.sizes.get());
  scope.with_evidence = std::make_unique<EvidenceConstraint>(*scope.constraint, *scope.evidence);
}

std::vector<ItemId> known_candidates(const CandidateQuery& query, const ItemIndex& index) {
  std::vector<ItemId> known;
  std::ranges::copy_if(query.candidates, std::back_inserter(known), [&index](ItemId item) { return index.has(item); });
  return known;
}

QueryScope scope_of(const CandidateQuery& query, const LoadedRun& run) {
  QueryScope scope;
  scope.trie = &run.trie;
  if (!query.candidates.empty()) {
    scope.own_trie = std::make_unique<ItemTrie>(*run.bundle.index, known_candidates(query, *run.bundle.index));
    scope.trie = scope.own_trie.get();
  }
  if (query.exclude.empty()) {
    scope.constraint = std::make_unique<TrieConstraint>(*scope.trie);
  } else {
    scope.constraint = std::make_unique<ExcludingConstraint>(*scope.trie, *run.bundle.index, query.exclude);
  }
  add_evidence(query, run, scope);
  return scope;
}

void begin_with(std::span<const ItemId> items, const PromptTokenizer& tokenizer, QueryScope& scope) {
  if (items.empty()) return;
  scope.repeated = tokenizer.given_tokens(items);
  const auto first_state = static_cast<TokenConstraint::State>(scope.trie->node_count());
  scope.after_repeated = std::make_unique<PrefixConstraint>(scope.repeated, scope.inner(), first_state);
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

double log_sum_of(std::span<const float> scores) {
  const float most = scores.empty() ? 0.0f : *std::ranges::max_element(scores);
  double sum = 0;
  for (const float score : scores) sum += std::exp(static_cast<double>(score - most));
  return std::isfinite(most) ? most + std::log(sum) : 0.0;
}

// What asks for all codes of every query: one step, in which each row may take any code.
class CodeStep {
 public:
  CodeStep(std::size_t queries, std::span<const TokenId> tokens) {
    allowed_offsets_.push_back(0);
    for (std::size_t i = 0; i < queries; ++i) {
      source_.push_back(static_cast<std::int32_t>(i));
      allowed_.insert(allowed_.end(), tokens.begin(), tokens.end());
      allowed_offsets_.push_back(static_cast<std::uint32_t>(allowed_.size()));
    }
  }

  ScoreRequest request() const {
    const std::size_t rows = source_.size();
    return {.source = source_,
            .parent = {},
            .last_token = {},
            .allowed_offsets = allowed_offsets_,
            .allowed = allowed_,
            .top = static_cast<std::int32_t>(allowed_.size() / std::max<std::size_t>(1, rows))};
  }

 private:
  std::vector<std::int32_t> source_;
  std::vector<TokenId> allowed_;
  std::vector<std::uint32_t> allowed_offsets_;
};

// The best `k` items that the query may be answered with, with log-probabilities among them. Every item is scored, so
// evidence is about items themselves, and not about each of their codes as in training.
std::vector<Candidate> best_of_codes(const CandidateQuery& query, const LoadedRun& run, std::span<const float> scores,
                                     std::size_t k) {
  std::vector<float> open(scores.begin(), scores.end());
  const auto each = [&](std::span<const ItemId> items, const auto& change) {
    for (const ItemId item : items) {
      if (item < open.size()) change(open[item]);
    }
  };
  if (!query.candidates.empty()) {
    std::ranges::fill(open, kNotACandidate);
    for (const ItemId item : query.candidates) {
      if (item < open.size()) open[item] = scores[item];
    }
  }
  if (run.evidence != nullptr) {
    const NeighborEvidence& source = *run.evidence;
    const auto known = known_items(source.of(query.history), query.history, source.options().ages);
    const std::vector<double> logs = log_weights(known, open.size(), scale_of(source));
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (known[i].item < open.size()) open[known[i].item] += static_cast<float>(logs[i]);
    }
  }
  each(query.exclude, [](float& score) { score = kNotACandidate; });
  const float total = static_cast<float>(log_sum_of(open));
  for (float& score : open) score -= total;
  return top_k(open, k);
}

bool same_search(const BeamOptions& a, const BeamOptions& b) {
  return a.beams == b.beams && a.length_penalty == b.length_penalty;
}

}  // namespace

GenerativeOptions generative_options(std::string name, const AnswerOptions& prompts, const DecodeOptions& decode) {
  return {.name = std::move(name),
          .sequential_prompt = prompts.sequential_prompt,
          .direct_prompt = prompts.direct_prompt,
          .decode = decode};
}

GenerativeSource::GenerativeSource(SequenceModel& model, const LoadedRun& run, GenerativeOptions options)
    : model_(&ability_of<TextGenerator>(model)), run_(&run), options_(std::move(options)) {
  const TaskOptions& task = run_->bundle.task;
  if (task.samples_of(kSequentialFamily) > 0) run_->writer.require_item_prompt(options_.sequential_prompt);
  if (task.samples_of(kDirectFamily) > 0) run_->writer.require_item_prompt(options_.direct_prompt);
}

std::vector<std::vector<Candidate>> GenerativeSource::retrieve(std::span<const CandidateQuery> queries,
                                                               std::size_t k) const {
  const std::size_t most = queries_at_once();
  std::vector<std::vector<Candidate>> lists;
  for (std::size_t begin = 0; begin < queries.size(); begin = lists.size()) {
    const BeamOptions search = search_of(queries[begin], k);
    std::size_t size = 1;
    while (size < most && begin + size < queries.size() && same_search(search, search_of(queries[begin + size], k))) {
      ++size;
    }
    for (auto& list : retrieve_batch(queries.subspan(begin, size), k)) lists.push_back(std::move(list));
  }
  sign(lists);
  return lists;
}

std::size_t GenerativeSource::queries_at_once() const {
  return options_.batch > 0 ? options_.batch : model_->sources_at_once();
}

BeamOptions GenerativeSource::search_of(const CandidateQuery& query, std::size_t k) const {
  DecodeOptions decode = options_.decode;
  decode.beams = std::max(query.asking.beams.value_or(decode.beams),
                          static_cast<std::int64_t>(std::min<std::size_t>(k, run_->trie.items_below(ItemTrie::kRoot))));
  decode.length_penalty = query.asking.length_penalty.value_or(decode.length_penalty);
  return decode.item_search(run_->trie.depth());
}

GenerativeSource::Question GenerativeSource::write(const CandidateQuery& query) const {
  const QuestionWriter& writer = run_->writer;
  const TaskQuestion question = question_of(query);
  const std::string own(query.asking.prompt);
  if (!own.empty()) writer.require_item_prompt(own);
  const std::string& sequential = own.empty() ? options_.sequential_prompt : own;
  const std::string& direct = own.empty() ? options_.direct_prompt : own;
  // A run without the direct family never learnt to read a list of candidates.
  const std::size_t candidates = known_candidates(query, *run_->bundle.index).size();
  if (candidates > 0 && (!own.empty() || run_->bundle.task.samples_of(kDirectFamily) > 0)) {
    TokenRow row = writer.row(question, direct);
    if (writer.fits(row, candidates)) return {direct, std::move(row)};
    if (sequential == direct) {
      throw usage_error("too many candidates for this prompt",
                        {.where = "prompt " + direct,
                         .expected = "input of at most task.max_source tokens, or a prompt that does not list them",
                         .got = std::to_string(row.source.size())});
    }
  }
  return {sequential, writer.row(question, sequential)};
}

std::vector<std::vector<Candidate>> GenerativeSource::search(std::span<const CandidateQuery> queries,
                                                             const std::vector<TokenRow>& rows,
                                                             std::span<const std::vector<ItemId>> repeated,
                                                             std::size_t k) const {
  if (run_->codes != nullptr) return score_codes(queries, rows, k);
  std::vector<QueryScope> scopes(queries.size());
  prepare_each(queries.size(), [&](std::size_t i) {
    scopes[i] = scope_of(queries[i], *run_);
    begin_with(repeated[i], run_->writer.tokenizer(), scopes[i]);
  });
  std::vector<const TokenConstraint*> constraints;
  std::size_t longest_repeated = 0;
  for (const QueryScope& scope : scopes) {
    constraints.push_back(scope.whole());
    longest_repeated = std::max(longest_repeated, scope.repeated.size());
  }
  BeamOptions options = search_of(queries.front(), k);
  options.max_length += static_cast<std::int32_t>(longest_repeated);
  const auto scorer = model_->start(pad_rows(rows));
  const auto found = beam_search(*scorer, constraints, options);
  std::vector<std::vector<Candidate>> lists;
  for (std::size_t i = 0; i < found.size(); ++i) lists.push_back(items_of(found[i], *scopes[i].trie, k));
  return lists;
}

std::vector<std::vector<Candidate>> GenerativeSource::score_codes(std::span<const CandidateQuery> queries,
                                                                  const std::vector<TokenRow>& rows,
                                                                  std::size_t k) const {
  const CodeTable& codes = *run_->codes;
  const std::size_t width = codes.tokens().size();
  const CodeStep step(queries.size(), codes.tokens());
  const auto scorer = model_->start(pad_rows(rows));
  ScoreResult result;
  scorer->score(step.request(), result);
  std::vector<std::vector<Candidate>> lists;
  std::vector<float> logs(width), scores(codes.item_count());
  for (std::size_t i = 0; i < queries.size(); ++i) {
    for (std::uint32_t at = result.offsets[i]; at < result.offsets[i + 1]; ++at) {
      logs[codes.place_of(result.values[at].token)] = result.values[at].log_probability;
    }
    codes.normalize(logs);
    codes.score(logs, scores);
    lists.push_back(best_of_codes(queries[i], *run_, scores, k));
  }
  return lists;
}

std::vector<std::vector<Candidate>> GenerativeSource::retrieve_batch(std::span<const CandidateQuery> queries,
                                                                     std::size_t k) const {
  std::vector<TokenRow> rows(queries.size());
  std::vector<std::vector<ItemId>> repeated(queries.size());
  prepare_each(queries.size(), [&](std::size_t i) {
    Question question = write(queries[i]);
    rows[i] = std::move(question.row);
    repeated[i] = run_->writer.repeated_items(queries[i].history, question.prompt);
  });
  return search(queries, rows, repeated, k);
}

void GenerativeSource::prepare_each(std::size_t count, const std::function<void(std::size_t)>& prepare) const {
  constexpr std::size_t kMany = 256, kGrain = 16;
  if (count < kMany) {
    for (std::size_t i = 0; i < count; ++i) prepare(i);
    return;
  }
  if (pool_ == nullptr) pool_ = std::make_unique<ThreadPool>();
  pool_->parallel_for(count, kGrain, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) prepare(i);
  });
}

std::vector<Candidate> GenerativeSource::answer(TokenRow row, const CandidateQuery& query,
                                                std::span<const ItemId> repeated, std::size_t k) const {
  std::vector<TokenRow> rows;
  rows.push_back(std::move(row));
  const std::vector<ItemId> begin(repeated.begin(), repeated.end());
  auto lists = search(std::span(&query, 1), rows, std::span(&begin, 1), k);
  sign(lists);
  return std::move(lists.front());
}

}  // namespace p5
